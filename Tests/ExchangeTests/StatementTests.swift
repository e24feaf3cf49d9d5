import CanonicalJSON
import Exchange
import Merkle
import Redaction
import Testing

/// Statements and receipts: what is signed is read strictly, and hostile bytes never trap.
struct StatementTests {
  static func statement() throws -> TransferStatement {
    func hash(_ byte: UInt8) throws -> Hash {
      try #require(Hash(bytes: [UInt8](repeating: byte, count: 32)))
    }
    return TransferStatement(
      transfer: TransferID(milliseconds: 1_795_000_000_000, random: Array(0..<10)),
      bundle: "00112233445566778899aabbccddeeff", seal: try hash(1), view: try hash(2),
      record: try hash(3), ciphertext: try hash(4), byteCount: 12345, sender: "pt-ipcu",
      recipients: ["fi-nbi"], terms: try hash(5), release: try hash(6),
      time: try #require(StatementTime("2026-11-23T04:00:00Z")))
  }

  @Test func bothWays() throws {
    var statement = try Self.statement()
    #expect(try TransferStatement(parsing: statement.bytes) == statement)
    statement.record = nil
    #expect(try TransferStatement(parsing: statement.bytes) == statement)
    for kind in Receipt.Kind.allCases {
      let receipt = Receipt(
        kind, of: statement, node: "fi-nbi", time: statement.time,
        code: kind.isRefusal ? .ciphertext : nil, item: kind.isRefusal ? 3 : nil,
        recall: [.erasure, .recallRefusal].contains(kind) ? statement.terms : nil,
        reason: kind == .recallRefusal ? ReasonCode("LEGAL-HOLD") : nil,
        erasure: kind == .erasure
          ? Receipt.Erasure(seal: statement.seal, authority: "Polícia Judiciária") : nil)
      #expect(try Receipt(parsing: receipt.bytes) == receipt)
    }
    let recall = RecallStatement(
      statement, from: "fi-nbi", reason: try #require(ReasonCode("WRONG-RECIPIENT")),
      time: statement.time)
    #expect(try RecallStatement(parsing: recall.bytes) == recall)
  }

  @Test func everyFieldIsNeededAndNoneMore() throws {
    let statement = try Self.statement()
    let object = try #require(
      JSON(parsing: statement.bytes, limit: 4096).object)
    for key in object.keys where key != "record" {
      var less = object
      less[key] = nil
      #expect(throws: ExchangeError.self) {
        try TransferStatement(parsing: JSON.object(less).canonicalBytes)
      }
      var other = object
      other[key] = [["x"]]
      #expect(throws: ExchangeError.self) {
        try TransferStatement(parsing: JSON.object(other).canonicalBytes)
      }
    }
    var more = object
    more["note"] = "x"
    #expect(throws: ExchangeError.self) {
      try TransferStatement(parsing: JSON.object(more).canonicalBytes)
    }
    var negative = object
    negative["bytes"] = -1
    #expect(throws: ExchangeError.self) {
      try TransferStatement(parsing: JSON.object(negative).canonicalBytes)
    }
    #expect(throws: ExchangeError.self) {
      try TransferStatement(parsing: Array(JSON.object(object).prettyText.utf8))
    }
  }

  /// What has an escape is read by another way than what has none, and by the same rules.
  @Test func anEscapeChangesNothing() throws {
    var statement = try Self.statement()
    statement.sender = #"pt "ipcu""#
    #expect(try TransferStatement(parsing: statement.bytes) == statement)
    let object = try #require(JSON(parsing: statement.bytes, limit: 4096).object)
    for (key, value): (String, JSON) in [
      ("note", "x"), ("bytes", "1"), ("seal", "AAAA"), ("sender", "\"\u{7F}"), ("sender", "\u{E9}"),
      ("sender", ""), ("recipients", ["\"", 1]),
    ] {
      for sender in [#"pt "ipcu""#, "pt-ipcu"] {
        var changed = object
        changed["sender"] = .string(sender)
        changed[key] = value
        #expect(throws: ExchangeError.self, "\(key)") {
          try TransferStatement(parsing: JSON.object(changed).canonicalBytes)
        }
      }
    }
  }

  @Test func aRecallAndItsAnswersNeedEveryField() throws {
    let statement = try Self.statement()
    let reason = try #require(ReasonCode("WITHDRAWN"))
    let recall = RecallStatement(statement, from: "fi-nbi", reason: reason, time: statement.time)
    let refusal = Receipt(
      .recallRefusal, of: statement, node: "fi-nbi", time: statement.time, recall: statement.seal,
      reason: reason)
    let erasure = Receipt(
      .erasure, of: statement, node: "fi-nbi", time: statement.time, recall: statement.seal,
      erasure: Receipt.Erasure(seal: statement.seal, authority: "Unit"))
    for bytes in [recall.bytes, refusal.bytes, erasure.bytes] {
      let object = try #require(JSON(parsing: bytes, limit: 4096).object)
      // An erasure that nobody asked for answers no recall.
      for key in object.keys where !(bytes == erasure.bytes && key == "recall") {
        var less = object
        less[key] = nil
        let shorter = JSON.object(less).canonicalBytes
        #expect(throws: ExchangeError.self) { try Receipt(parsing: shorter) }
        #expect(throws: ExchangeError.self) { try RecallStatement(parsing: shorter) }
      }
      var more = object
      more["code"] = "CARRIER"
      #expect(throws: ExchangeError.self) { try Receipt(parsing: JSON.object(more).canonicalBytes) }
    }
    for text in ["", "wrong", "WRONG RECIPIENT", "-A", String(repeating: "A", count: 65)] {
      #expect(ReasonCode(text) == nil)
    }
  }

  @Test func anAcceptanceHasNoCode() throws {
    let receipt = Receipt(
      .delivery, of: try Self.statement(), node: "fi-nbi", time: try Self.statement().time)
    var object = try #require(JSON(parsing: receipt.bytes, limit: 4096).object)
    object["code"] = "CARRIER"
    #expect(throws: ExchangeError.self) {
      try Receipt(parsing: JSON.object(object).canonicalBytes)
    }
  }

  @Test func mutationsThrowOrParse() throws {
    let statement = try Self.statement()
    let receipt = Receipt(
      .nonDelivery, of: statement, node: "fi-nbi", time: statement.time, code: .carrier, item: 1)
    var generator = Mutations(seed: 7)
    for original in [statement.bytes, receipt.bytes] {
      for _ in 0..<3000 {
        let bytes = generator.mutate(original)
        if let parsed = try? TransferStatement(parsing: bytes) { #expect(parsed.bytes == bytes) }
        if let parsed = try? Receipt(parsing: bytes) { #expect(parsed.bytes == bytes) }
      }
    }
  }

  @Test func transferIDs() throws {
    let id = TransferID(milliseconds: 0x0123_4567_89AB, random: [UInt8](repeating: 0xFF, count: 10))
    #expect(id.text == "01234567-89ab-7fff-bfff-ffffffffffff")
    #expect(TransferID(id.text) == id)
    let later = TransferID(milliseconds: 0x0123_4567_89AC, random: [UInt8](repeating: 0, count: 10))
    #expect(id.text < later.text)
    for text in [
      "", "01234567-89ab-4fff-bfff-ffffffffffff", "01234567-89ab-7fff-cfff-ffffffffffff",
      "01234567-89AB-7fff-bfff-ffffffffffff", "01234567-89ab-7fff-bfff-fffffffffff",
      "../../../../../../../etc/passwd-7-9-", "0123456789ab-7fff-bfff-fffffffffffff",
    ] {
      #expect(TransferID(text) == nil, "\(text)")
    }
  }
}

/// Deterministic mutations: flips, cuts, repetitions, insertions.
struct Mutations: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }

  mutating func mutate(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0..<3, using: &self) {
      guard !bytes.isEmpty else { return bytes }
      let index = Int.random(in: bytes.indices, using: &self)
      switch Int.random(in: 0..<5, using: &self) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &self), at: index)
      case 3: bytes.removeSubrange(index...)
      default: bytes.insert(contentsOf: bytes[index...].prefix(16), at: index)
      }
    }
    return bytes
  }
}
