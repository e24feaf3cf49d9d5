/// A JSON value whose long arrays are made while they are written: of a hundred thousand elements one
/// is in memory at a time.
///
/// Its bytes are those of the ``JSON`` with the same members and elements.
public indirect enum JSONStream {
  /// A value that is in memory.
  case value(JSON)
  /// Members by name.
  case object([String: JSONStream])
  /// So many elements, each made when its turn has come.
  case array(count: Int, (_ index: Int) -> JSONStream)

  /// An object of values that are in memory; ``subscript(_:)`` adds the others.
  public init(_ members: [String: JSON]) { self = .object(members.mapValues { .value($0) }) }

  /// An array with an element for each of `elements`.
  public static func array<Elements: RandomAccessCollection>(
    _ elements: Elements, _ element: @escaping (Elements.Element) -> JSONStream
  ) -> JSONStream where Elements.Index == Int {
    .array(count: elements.count) { element(elements[elements.startIndex + $0]) }
  }

  /// A member of an object; setting it makes an object of any other value.
  public subscript(key: String) -> JSONStream? {
    get {
      switch self {
      case .value(let value): value[key].map { .value($0) }
      case .object(let members): members[key]
      case .array: nil
      }
    }
    set {
      var members: [String: JSONStream]
      switch self {
      case .value(let value): members = (value.object ?? [:]).mapValues { .value($0) }
      case .object(let known): members = known
      case .array: members = [:]
      }
      members[key] = newValue
      self = .object(members)
    }
  }

  /// Writes the RFC 8785 form, in pieces: the bytes of ``JSON/canonicalBytes``.
  public func writeCanonical(
    to write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    try self.write(indent: nil, to: write)
  }

  /// Writes the form for people, in pieces: the text of ``JSON/prettyText``.
  public func writePretty(to write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try self.write(indent: 0, to: write)
  }

  private func write(
    indent: Int?, to write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var output: [UInt8] = []
    try append(to: &output, indent: indent, write)
    try output.withUnsafeBytes { try write($0) }
  }

  private func append(
    to output: inout [UInt8], indent: Int?, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    if output.count >= Self.pieceByteCount {
      try output.withUnsafeBytes { try write($0) }
      output.removeAll(keepingCapacity: true)
    }
    switch self {
    case .value(let value): value.append(to: &output, indent: indent)
    case .object(let members):
      try JSON.append(
        JSON.sorted(members), between: ("{", "}"), to: &output, indent: indent
      ) { member, output, indent in
        JSON.appendKey(member.key, to: &output, indent: indent)
        try member.value.append(to: &output, indent: indent, write)
      }
    case .array(let count, let element):
      try JSON.append(0..<count, between: ("[", "]"), to: &output, indent: indent) {
        try element($0).append(to: &$1, indent: $2, write)
      }
    }
  }

  /// Large enough that a call costs nothing.
  private static let pieceByteCount = 32 << 10
}
