import Age
import Foundation

/// Gives an array in pieces of at most `piece` bytes.
final class Source {
  private var rest: ArraySlice<UInt8>
  private let piece: Int

  init(_ bytes: [UInt8], piece: Int = .max) {
    rest = bytes[...]
    self.piece = piece
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    let part = rest.prefix(min(piece, buffer.count))
    buffer.copyBytes(from: part)
    rest = rest.dropFirst(part.count)
    return part.count
  }
}

/// What a decryption did: the plaintext it released, and how it ended.
struct Decryption {
  var released: [UInt8] = []
  var opening: Opening?
  var error: AgeError?

  init(
    of file: [UInt8], identities: [Identity] = [], passphrase: Passphrase? = nil,
    encoding: Encoding = .automatic, piece: Int = .max
  ) throws {
    do {
      opening = try decrypt(
        identities: identities, passphrase: passphrase, encoding: encoding,
        read: Source(file, piece: piece).read, write: { released += $0 })
    } catch let error as AgeError {
      self.error = error
    }
  }
}

func encrypted(
  _ bytes: [UInt8], for recipients: [Recipient], armor: Bool = false, piece: Int = .max
) throws -> [UInt8] {
  var file: [UInt8] = []
  try encrypt(
    recipients: recipients, armor: armor, read: Source(bytes, piece: piece).read,
    write: { file += $0 })
  return file
}

func encrypted(
  _ bytes: [UInt8], under passphrase: Passphrase, workFactor: Int, armor: Bool = false
) throws -> [UInt8] {
  var file: [UInt8] = []
  try encrypt(
    passphrase: passphrase, workFactor: workFactor, armor: armor, read: Source(bytes).read,
    write: { file += $0 })
  return file
}

/// Bytes that no two offsets share a pattern of.
func sample(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ $0 >> 16) }
}
