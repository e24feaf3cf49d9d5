import CAdES
import Testing

/// The claim of the profile: no bit of a signature of ours can change unnoticed.
@Suite struct EveryBitTests {
  /// One signature for all eight tests.
  private static let subject: Result<(pki: TestPKI, p7s: [UInt8]), any Error> = Result {
    let pki = try TestPKI()
    return (pki, try pki.sign(manifest))
  }

  @Test(arguments: 0..<8)
  func noFlippedBitPassesWithoutADeviation(bit: Int) throws {
    let (pki, p7s) = try Self.subject.get()
    #expect(pki.validate(p7s, manifest).result == .passed)
    var unnoticed: [Int] = []
    var flipped = p7s
    for index in p7s.indices {
      flipped[index] ^= 1 << UInt8(bit)
      let validation = pki.validate(flipped, manifest)
      if validation.result == .passed, validation.deviations.isEmpty { unnoticed.append(index) }
      flipped[index] = p7s[index]
    }
    #expect(unnoticed == [])
  }

  @Test func noFlippedBitOfATimestampPassesWithoutADeviation() throws {
    let (pki, _) = try Self.subject.get()
    let token = try requestTimestamp(over: manifest) { try pki.stamp($0) }
    var flipped = token
    for index in token.indices {
      for bit in 0..<8 {
        flipped[index] ^= 1 << UInt8(bit)
        let validation = validate(
          timestamp: flipped, over: manifest, anchors: pki.anchors, crls: [pki.list],
          now: TestPKI.now)
        #expect(validation.result != .passed || !validation.deviations.isEmpty)
        flipped[index] = token[index]
      }
    }
  }

  @Test func noCutAndNoAppendedByteIsTakenForASignature() throws {
    let (pki, p7s) = try Self.subject.get()
    for count in p7s.indices {
      #expect(pki.validate(Array(p7s.prefix(count)), manifest).result == .failed(.formatFailure))
    }
    for byte in UInt8.min...UInt8.max {
      #expect(pki.validate(p7s + [byte], manifest).result == .failed(.formatFailure))
    }
  }

  @Test func noFlippedBitOfTheContentPasses() throws {
    let (pki, p7s) = try Self.subject.get()
    for index in manifest.indices {
      for bit in 0..<8 {
        var flipped = manifest
        flipped[index] ^= 1 << UInt8(bit)
        #expect(pki.validate(p7s, flipped).result == .failed(.hashFailure))
      }
    }
  }
}
