import Age
import Testing

/// A part of an age file is decrypted without the rest, and as strictly.
struct PayloadReaderTests {
  private static let chunk = 1 << 16
  private let identity = Identity.generateX25519()

  @Test(arguments: [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 77])
  func everyPartIsThatOfThePlaintext(size: Int) throws {
    let plain = bytes(size)
    let reader = try reader(of: encrypted(plain, for: [identity.recipient]))
    #expect(reader.byteCount == UInt64(size))
    #expect(reader.opening.identity == 0)
    for start in [0, 1, Self.chunk - 3, Self.chunk, 2 * Self.chunk - 1, size - 1, size]
    where (0...size).contains(start) {
      for count in [1, 5, Self.chunk, 2 * Self.chunk + 9] {
        let part = try read(reader, at: start, count)
        #expect(part == Array(plain[start..<min(size, start + count)]), "\(start), \(count)")
      }
    }
    #expect(try read(reader, at: size + 5, 3) == [])
  }

  @Test func aFileThatIsCutShortIsRefusedAtOnce() throws {
    let file = try encrypted(bytes(3 * Self.chunk), for: [identity.recipient])
    let sealed = Self.chunk + 16
    for cut in [1, 16, 17, sealed, sealed + 1, 2 * sealed, 3 * sealed - 1, 3 * sealed] {
      #expect(throws: AgeError.self, "\(cut) bytes less") {
        try reader(of: Array(file.dropLast(cut)))
      }
    }
    #expect(throws: AgeError.self) { try reader(of: file + [0]) }
    #expect(throws: AgeError.self) { try reader(of: file + file.suffix(sealed)) }
  }

  @Test func aForgedChunkIsNeverGivenOut() throws {
    let plain = bytes(3 * Self.chunk + 5)
    var file = try encrypted(plain, for: [identity.recipient])
    let start = file.count - 3 * (Self.chunk + 16) - (5 + 16)
    file[start + Self.chunk + 16 + 100] ^= 1
    let reader = try reader(of: file)
    #expect(try read(reader, at: 0, Self.chunk) == Array(plain[..<Self.chunk]))
    for place in [Self.chunk, Self.chunk + 99, 2 * Self.chunk - 1] {
      #expect(throws: AgeError.payloadFailure(chunk: 1)) { try read(reader, at: place, 1) }
    }
    #expect(throws: AgeError.payloadFailure(chunk: 1)) { try read(reader, at: 0, 2 * Self.chunk) }
    #expect(
      try read(reader, at: 2 * Self.chunk, 9) == Array(plain[(2 * Self.chunk)...].prefix(9)))
  }

  @Test func theWrongKeyAndAnArmorAreToldApart() throws {
    let other = Identity.generateX25519()
    #expect(throws: AgeError.noMatch) {
      try reader(of: encrypted([1], for: [other.recipient]))
    }
    #expect(throws: AgeError.armored) {
      try reader(of: encrypted([1], for: [identity.recipient], armor: true))
    }
  }

  private func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  private func reader(of file: [UInt8]) throws -> PayloadReader {
    try PayloadReader(size: UInt64(file.count), identities: [identity]) { buffer, offset in
      guard offset < UInt64(file.count) else { return 0 }
      // Never more than some at a time, as a file may.
      let part = file[Int(offset)...].prefix(min(buffer.count, 10_007))
      buffer.copyBytes(from: part)
      return part.count
    }
  }

  private func read(_ reader: PayloadReader, at start: Int, _ count: Int) throws -> [UInt8] {
    var part = [UInt8](repeating: 0xAA, count: count)
    let got = try part.withUnsafeMutableBytes { try reader.read(into: $0, at: UInt64(start)) }
    return Array(part[..<got])
  }
}
