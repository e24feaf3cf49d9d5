import Age
import Crypto
import Foundation
import Testing

@Suite struct StreamTests {
  /// Big files are encrypted and decrypted in one go, and the process hardly grows.
  ///
  /// Other tests run in the same process and may grow it meanwhile, so a few attempts are allowed;
  /// a stream that holds the file would grow in each.
  @Test(arguments: zip([64 << 20, 16 << 20], [false, true]))
  func bigStreamsRunInConstantMemory(size: Int, armor: Bool) throws {
    let limit = 4 << 20
    var growths: [Int] = []
    for _ in 0..<5 {
      growths.append(try growthOfRoundTrip(size: size, armor: armor))
      if growths.last ?? 0 < limit { break }
    }
    print("\(size >> 20) MiB round trip, armor \(armor): grew by \(growths) bytes")
    #expect(growths.min() ?? 0 < limit)
  }

  private func growthOfRoundTrip(size: Int, armor: Bool) throws -> Int {
    let identity = Identity.generateX25519()
    let pipeline = try Pipeline(to: identity.recipient, size: size, armor: armor)
    var decrypted = SHA256()
    var released = 0
    var (least, most) = (Int.max, 0)
    try decrypt(identities: [identity], read: pipeline.read) {
      decrypted.update(bufferPointer: $0)
      released += $0.count
      // The first chunks allocate what stays.
      guard released > 4 << 20 else { return }
      least = min(least, residentBytes())
      most = max(most, residentBytes())
    }
    #expect(released == size)
    #expect(Array(decrypted.finalize()) == Array(pipeline.plain.finalize()))
    return most - least
  }

  private func residentBytes() -> Int {
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let fields = statm.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }
}

/// An encryptor that makes its own plaintext, and is read from like a file.
private final class Pipeline {
  private(set) var plain = SHA256()
  private var encryptor: Encryptor?
  private var remaining: Int
  private var block = [UInt8](repeating: 7, count: 100_000)
  private var ready: [UInt8] = []

  init(to recipient: Recipient, size: Int, armor: Bool) throws {
    encryptor = try Encryptor(recipients: [recipient], armor: armor)
    remaining = size
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while ready.isEmpty, try advance() {}
    let count = min(buffer.count, ready.count)
    buffer.copyBytes(from: ready[..<count])
    ready.removeFirst(count)
    return count
  }

  /// Encrypts one more block, or finishes; false when there is nothing more to do.
  private func advance() throws -> Bool {
    guard remaining > 0 else {
      guard let last = encryptor.take() else { return false }
      try last.finish { ready += $0 }
      return true
    }
    let count = min(block.count, remaining)
    remaining -= count
    block[0] &+= 1
    try block.withUnsafeBytes {
      let part = UnsafeRawBufferPointer(rebasing: $0[..<count])
      plain.update(bufferPointer: part)
      try encryptor?.update(part) { ready += $0 }
    }
    return true
  }
}
