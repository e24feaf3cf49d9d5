import Crypto
import Foundation
import Merkle
import Redaction

/// A signed note with one Ed25519 signature, which stands in for CAdES in the vectors.
struct Note {
  let text: [UInt8]
  private let name: String
  private let signature: [UInt8]

  init(_ note: String, statement: Int) throws {
    let bytes = Array(note.utf8)
    let fault = RedactionError.signature(statement: statement)
    guard let gap = bytes.indices.dropLast().last(where: { bytes[$0...].starts(with: [10, 10]) })
    else { throw fault }
    text = Array(bytes[...gap])
    let line = String(decoding: bytes[(gap + 2)...], as: UTF8.self)
    guard
      let match = line.wholeMatch(
        of: /— ([a-z0-9][a-z0-9._-]{0,63}) ([A-Za-z0-9+\/]{90}[AEIMQUYcgkosw048]=)\n/),
      let signature = Data(base64Encoded: String(match.2))
    else { throw fault }
    name = String(match.1)
    self.signature = Array(signature)
  }

  /// Checks that exactly the key that the statement names signed, and that it is trusted for that
  /// node.
  func check(_ signer: SignerName, trusting keys: [String], statement: Int) throws {
    let fault = RedactionError.signature(statement: statement)
    guard name == signer.node else { throw fault }
    for key in keys {
      let parts = key.split(separator: "+", maxSplits: 2)
      guard parts.count == 3, let raw = Data(base64Encoded: String(parts[2]))?.dropFirst() else {
        continue
      }
      let info: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
      guard parts[0] == name, Hash(digestOf: info + raw) == signer.key else { continue }
      let id = Hash(digestOf: Array(name.utf8) + [10, 1] + raw).bytes.prefix(4)
      let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
      guard signature.starts(with: id),
        publicKey.isValidSignature(signature.dropFirst(4), for: text)
      else { throw fault }
      return
    }
    throw fault
  }
}

extension Package {
  /// Verifies everything, in the specification's order, and throws the first refusal.
  @discardableResult
  func verify(trusting keys: [String], most: Int = .max) throws -> Claims {
    let sealNote = try Note(seal, statement: 0)
    let sealStatement = try SealStatement(parsing: sealNote.text)
    try sealNote.check(sealStatement.sealer, trusting: keys, statement: 0)
    guard Hash(digestOf: Array(terms.utf8)) == sealStatement.terms else {
      throw RedactionError.terms(.notOfTheSeal)
    }
    let terms = try Terms(parsing: Array(terms.utf8))
    let view = try View(parsing: view.bytes)
    guard view.itemCount == sealStatement.itemCount else {
      throw RedactionError.view(.itemCount(UInt64(view.itemCount)))
    }
    var chain = RecordChain(seal: sealStatement, terms: terms)
    for (index, text) in records.enumerated() {
      let note = try Note(text, statement: index + 1)
      let record = try RedactionRecord(parsing: note.text)
      try note.check(record.redactor, trusting: keys, statement: index + 1)
      try chain.append(record)
    }
    try chain.check(view: view)
    let claims = try Claims(chain.records)
    try claims.account(for: view)
    try claims.check(locked: terms)
    var items: [DerivedItem] = []
    let root = try view.root { number in
      let item = try checkItem(
        number: number, view: view,
        leaves: leaves[name(number)].map { reader($0.bytes, most: most) },
        content: files[name(number)].map { reader($0.bytes, most: most) },
        cuts: claims.cuts(ofItem: number))
      items.append(DerivedItem(number: number, item))
      return item.id
    }
    guard root == sealStatement.root else { throw RedactionError.root }
    for key in [leaves.keys, files.keys].joined() {
      guard let number = Int(key), 1...view.itemCount ~= number, !view.isWithheld(number) else {
        throw RedactionError.leaves(.ofWithheldItem)
      }
    }
    _ = try checkCompanions(items, view: view)
    return claims
  }

  /// The check that refuses, or nil.
  func refusal(trusting keys: [String]) throws -> String? {
    do {
      try verify(trusting: keys)
      return nil
    } catch let error as RedactionError {
      return error.check
    }
  }

  func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  func parsedRecords() throws -> [RedactionRecord] {
    try records.enumerated().map { index, text in
      try RedactionRecord(parsing: try Note(text, statement: index + 1).text)
    }
  }
}
