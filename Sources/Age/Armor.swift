/// Takes the armor off: lines of 64 base64 columns between the two marker lines, nothing else.
final class ArmorReader {
  private let source: ByteSource
  private var line = 0
  private var isFinished = false

  /// Decoded bytes of a line that had no room in the caller's buffer.
  private var pending: [UInt8] = []
  private var pendingStart = 0

  /// Whether `source` starts, after white space, like an armor. Takes nothing.
  static func isNext(in source: ByteSource) throws -> Bool {
    let start = try source.peek(AgeLimits.maximumArmorWhiteSpace + dashes.count)
    return start.drop(while: isWhiteSpace).starts(with: dashes)
  }

  /// Takes white space and the first line of the armor.
  init(_ source: ByteSource) throws {
    self.source = source
    let start = try source.peek(AgeLimits.maximumArmorWhiteSpace)
    let space = start.prefix(while: Self.isWhiteSpace)
    line = space.count { $0 == UInt8(ascii: "\n") }
    source.skip(space.count)
    guard try nextLine().elementsEqual(Self.begin) else { throw failure }
  }

  /// Gives decoded bytes; 0 only when the end line, and nothing but white space after it, was read.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var count = takePending(into: output)
    while !isFinished, output.count - count >= Self.lineByteCount {
      count += try decodeLine(into: UnsafeMutableRawBufferPointer(rebasing: output[count...]))
    }
    if count > 0 || isFinished || output.isEmpty { return count }

    let decoded = try withUnsafeTemporaryAllocation(
      byteCount: Self.lineByteCount, alignment: 1
    ) { buffer in Array(buffer[..<(try decodeLine(into: buffer))]) }
    (pending, pendingStart) = (decoded, 0)
    return takePending(into: output)
  }

  private func takePending(into output: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(output.count, pending.count - pendingStart)
    pending.withUnsafeBytes {
      output.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: $0[pendingStart..<pendingStart + count]))
    }
    pendingStart += count
    return count
  }

  /// Decodes one line; a short one must be the last.
  private func decodeLine(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    let text = try nextLine()
    if text.elementsEqual(Self.end) {
      try finish()
      return 0
    }
    guard 1...Self.columns ~= text.count, let count = Base64.decodePadded(text, into: output) else {
      throw failure
    }
    if count < Self.lineByteCount {
      guard try nextLine().elementsEqual(Self.end) else { throw failure }
      try finish()
    }
    return count
  }

  private func finish() throws {
    let rest = try source.peek(AgeLimits.maximumArmorWhiteSpace + 1)
    guard rest.count <= AgeLimits.maximumArmorWhiteSpace, rest.allSatisfy(Self.isWhiteSpace) else {
      throw failure
    }
    isFinished = true
  }

  /// Takes a line without its LF or CRLF.
  private func nextLine() throws -> UnsafeRawBufferPointer {
    line += 1
    guard let next = try source.line(limit: Self.columns + 1) else { throw failure }
    guard next.bytes.last == UInt8(ascii: "\r"), next.isTerminated else { return next.bytes }
    return UnsafeRawBufferPointer(rebasing: next.bytes.dropLast())
  }

  private var failure: AgeError { .armorFailure(line: line) }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      || byte == UInt8(ascii: "\t")
  }

  fileprivate static let begin = Array("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
  fileprivate static let end = Array("-----END AGE ENCRYPTED FILE-----".utf8)
  private static let dashes = Array("-----".utf8)
  fileprivate static let columns = 64
  fileprivate static let lineByteCount = columns / 4 * 3
}

/// Puts the armor on.
struct ArmorWriter {
  private var isStarted = false

  /// Bytes that don't fill a line yet.
  private var rest: [UInt8] = []

  /// Writes the lines that `bytes` complete.
  mutating func update(
    _ bytes: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var text = start()
    text.reserveCapacity(text.count + bytes.count / ArmorReader.lineByteCount * 65 + 65)
    var index = 0
    if !rest.isEmpty {
      index = min(bytes.count, ArmorReader.lineByteCount - rest.count)
      rest += bytes[..<index]
      if rest.count == ArmorReader.lineByteCount {
        rest.withUnsafeBytes { Self.append($0, to: &text) }
        rest = []
      }
    }
    while bytes.count - index >= ArmorReader.lineByteCount {
      let line = bytes[index..<index + ArmorReader.lineByteCount]
      Self.append(UnsafeRawBufferPointer(rebasing: line), to: &text)
      index += ArmorReader.lineByteCount
    }
    rest += bytes[index...]
    if !text.isEmpty { try text.withUnsafeBytes(write) }
  }

  /// Writes the last line and the end.
  mutating func finish(write: (UnsafeRawBufferPointer) throws -> Void) throws {
    var text = start()
    if !rest.isEmpty { rest.withUnsafeBytes { Self.append($0, to: &text) } }
    text += ArmorReader.end + [UInt8(ascii: "\n")]
    try text.withUnsafeBytes(write)
  }

  private mutating func start() -> [UInt8] {
    if isStarted { return [] }
    isStarted = true
    return ArmorReader.begin + [UInt8(ascii: "\n")]
  }

  private static func append(_ line: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    Base64.append(line, to: &text)
    text.append(UInt8(ascii: "\n"))
  }
}
