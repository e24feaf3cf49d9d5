/// Reads a manifest of our own spelling reference by reference, in constant memory.
///
/// What it accepts is exactly what ``ManifestWriter`` writes over SHA-256 digests without further
/// attributes: anything else, well-formed or not, is nil, and is for ``Manifest/init(parsing:)`` to judge.
/// That no name comes twice is the caller's to check.
public struct ManifestReader {
  /// The file with the signature.
  public let signature: EntryName
  private var lines: LineReader

  /// Starts to read; nil where the beginning isn't ours.
  ///
  /// - Parameter read: fills a buffer and returns how many bytes it put there, 0 at the end.
  public init?(
    _ read: @escaping (UnsafeMutableRawBufferPointer) throws(ContainerError) -> Int
  ) throws(ContainerError) {
    lines = LineReader(read)
    var start: [UInt8] = []
    for _ in 1...3 {
      guard let line = try lines.next() else { return nil }
      start += line
    }
    let text = ManifestText.signatureStart
    guard let place = start.firstRange(of: text)?.upperBound,
      let end = start[place...].firstIndex(of: UInt8(ascii: "\"")),
      let name = EntryName(canonicalURI: start[place..<end]),
      ManifestText.start(name, Manifest.pkcs7MediaType) == start
    else { return nil }
    signature = name
  }

  /// What comes next in a manifest.
  public enum Part {
    /// A file and its SHA-256.
    case object(EntryName, sha256: [UInt8])
    /// The end; nothing follows.
    case end
  }

  /// The next reference, or the end; nil where what comes isn't ours.
  public mutating func next() throws(ContainerError) -> Part? {
    guard let line = try lines.next() else { return nil }
    if line == ManifestText.end { return try lines.next() == nil ? .end : nil }
    let tail = Array("\">\n".utf8)
    guard line.starts(with: ManifestText.referenceStart), line.count > tail.count,
      line.suffix(tail.count).elementsEqual(tail),
      let name = EntryName(
        canonicalURI: line[ManifestText.referenceStart.count..<line.count - tail.count]),
      try lines.next() == ManifestText.method, let value = try lines.next(),
      let digest = ManifestText.digest(inLine: value),
      try lines.next() == ManifestText.referenceTail
    else { return nil }
    return .object(name, sha256: digest)
  }
}

extension EntryName {
  /// The name whose ``uri`` this is.
  fileprivate init?(canonicalURI bytes: ArraySlice<UInt8>) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let name = try? EntryName(uri: text), name.uri.utf8.elementsEqual(bytes) else {
      return nil
    }
    self = name
  }
}

extension ManifestText {
  fileprivate static let signatureStart = Array("<asic:SigReference URI=\"".utf8)
  /// The second line of a reference over SHA-256.
  fileprivate static let method = Array(
    "    <ds:DigestMethod Algorithm=\"\(DigestAlgorithm.sha256.uri)\"/>\n".utf8)
  private static let valueHead = Array("    <ds:DigestValue>".utf8)
  private static let valueTail = Array("</ds:DigestValue>\n".utf8)
  fileprivate static let referenceTail = Array("  </asic:DataObjectReference>\n".utf8)

  /// The SHA-256 in the third line of a reference.
  fileprivate static func digest(inLine line: [UInt8]) -> [UInt8]? {
    guard line.starts(with: valueHead), line.suffix(valueTail.count).elementsEqual(valueTail),
      line.count > valueHead.count + valueTail.count,
      let digest = bytes(base64: line[valueHead.count..<line.count - valueTail.count]),
      digest.count == DigestAlgorithm.sha256.byteCount
    else { return nil }
    return digest
  }
}

/// Lines with their ends, from a stream.
private struct LineReader {
  private let read: (UnsafeMutableRawBufferPointer) throws(ContainerError) -> Int
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var rest = 0..<0

  init(_ read: @escaping (UnsafeMutableRawBufferPointer) throws(ContainerError) -> Int) {
    self.read = read
  }

  /// The next line; nil at the end, and for one that no manifest of ours has.
  mutating func next() throws(ContainerError) -> [UInt8]? {
    var line: [UInt8] = []
    while line.count < Self.longest {
      if rest.isEmpty {
        let count = try buffer.withUnsafeMutableBufferPointer { buffer throws(ContainerError) in
          try read(UnsafeMutableRawBufferPointer(buffer))
        }
        if count == 0 { return line.isEmpty ? nil : line }
        rest = 0..<count
      }
      if let end = buffer[rest].firstIndex(of: UInt8(ascii: "\n")) {
        line += buffer[rest.lowerBound...end]
        rest = end + 1..<rest.upperBound
        return line
      }
      line += buffer[rest]
      rest = 0..<0
    }
    return nil
  }

  /// A name of 4095 bytes, each of them encoded, and what is around it.
  private static let longest = 16 << 10
}
