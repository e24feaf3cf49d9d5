import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Merkle
import Redaction
import Testing

/// Bundles that somebody with a key of their own put together; none may pass.
struct AttackTests {
  @Test func theBundlesThatAreAttackedAreGood() throws {
    let world = try SampleWorld.shared.get()
    for (bytes, verdict) in [
      (world.full, Verdict.verified), (world.other, .verified), (world.redacted, .verifiedRedacted),
      (world.twice, .verifiedRedacted),
    ] {
      let result = judge(bytes, world.trust).verification
      #expect(result.verdict == verdict, "\(result.summary)")
      // Taken apart and put together again, it is the same bytes.
      #expect(try SampleParts(bytes).container() == bytes)
    }
  }

  @Test(arguments: Attack.onTheSealedBundle)
  func aSealedBundleIsAttacked(_ attack: Attack) throws {
    let world = try SampleWorld.shared.get()
    try attack.run(on: world.full, world)
  }

  @Test(arguments: Attack.onTheRedactedBundle)
  func aRedactedBundleIsAttacked(_ attack: Attack) throws {
    let world = try SampleWorld.shared.get()
    try attack.run(on: world.redacted, world)
  }

  @Test(arguments: Attack.onTwoSteps)
  func aBundleOfTwoStepsIsAttacked(_ attack: Attack) throws {
    let world = try SampleWorld.shared.get()
    try attack.run(on: world.twice, world)
  }
}

/// One change to a good bundle, and what has to say so.
struct Attack: Sendable, CustomTestStringConvertible {
  let name: String
  /// The check that must fail, and a part of what it says.
  let check: String
  var saying = ""
  let apply: @Sendable (inout SampleParts, SampleWorld) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, fails check: String, saying: String = "",
    _ apply: @escaping @Sendable (inout SampleParts, SampleWorld) throws -> Void
  ) {
    self.name = name
    self.check = check
    self.saying = saying
    self.apply = apply
  }

  func run(on bytes: [UInt8], _ world: SampleWorld) throws {
    var parts = try SampleParts(bytes)
    try apply(&parts, world)
    let container = try parts.container()
    try keepAttack(name, container)
    let (result, token) = judge(container, world.trust)
    #expect(result.verdict == .notVerified, "\(name): \(result.summary)")
    #expect(token == nil)
    let hit = result.failures.contains {
      $0.id == check && (saying.isEmpty || $0.detail.contains(saying))
    }
    #expect(hit, "\(name): \(result.summary)")
  }
}

extension Attack {
  static let onTheSealedBundle: [Attack] = signatureAttacks + fileAttacks + statementAttacks

  private static let signatureAttacks: [Attack] = [
    Attack("the sealer's signature is stripped", fails: "signature.present") { parts, _ in
      parts.remove(Layout.signature(1))
    },
    Attack("the sealer's manifest and signature are stripped", fails: "seal.signer") { parts, _ in
      parts.remove(Layout.signature(1), Layout.manifest(1))
    },
    Attack("the manifest's digests are downgraded to SHA-1", fails: "manifest") { parts, _ in
      try parts.replace("2001/04/xmlenc#sha256", by: "2000/09/xmldsig#sha1", in: Layout.manifest(1))
    },
    Attack("the carrier's signature is stripped", fails: "signature.present") { parts, _ in
      parts.remove(Layout.signature(900))
    },
    Attack("the carrier seal is missing", fails: "carrier") { parts, _ in
      parts.remove(Layout.signature(900), Layout.manifest(900))
    },
    Attack("no signature is left", fails: "seal.signer") { parts, _ in
      parts.remove(
        Layout.signature(1), Layout.manifest(1), Layout.signature(900), Layout.manifest(900))
    },
    Attack("the manifest is another bundle's, with its signature", fails: "manifest.objects") {
      parts, world in
      let other = try SampleParts(world.other)
      parts[Layout.manifest(1)] = try other.bytes(Layout.manifest(1))
      parts[Layout.signature(1)] = try other.bytes(Layout.signature(1))
    },
    Attack("a manifest over the items is added by another node", fails: "manifest.coverage") {
      parts, world in
      let items = parts.paths.filter { $0.hasPrefix("items/") }
      try parts.sign(2, over: items, by: world.stranger, .proofOfOrigin)
    },
    Attack("a manifest over seal and items is added", fails: "manifest.coverage") {
      parts, world in
      let item = try parts.item("note.txt")
      try parts.sign(2, over: [Layout.seal, item], by: world.stranger, .proofOfOrigin)
    },
    Attack("a redaction is signed that isn't there", fails: "manifest.objects") { parts, world in
      parts["redactions/001.txt"] = [1]
      try parts.sign(2, over: ["redactions/001.txt"], by: world.sealer, .proofOfApproval)
      parts.remove("redactions/001.txt")
    },
    Attack("an unsigned manifest is added", fails: "signature.present") { parts, world in
      try parts.sign(2, over: [try parts.item("note.txt")], by: world.stranger, .proofOfOrigin)
      parts.remove(Layout.signature(2))
    },
    Attack("two manifests name one signature", fails: "manifest", saying: "same signature") {
      parts, _ in
      parts[Layout.manifest(2)] = parts[Layout.manifest(1)]
    },
    Attack("a signature of no manifest is added", fails: "container.layout") { parts, _ in
      parts[Layout.signature(2)] = parts[Layout.signature(1)]
    },
    Attack("the seal is signed by another trusted node", fails: "seal.signer") { parts, world in
      try parts.setSeal(parts.seal, by: world.stranger)
    },
    Attack("the seal names another trusted node", fails: "seal.signer") { parts, world in
      let seal = parts.seal
      let named = try SignerName(
        node: world.stranger.name, key: Hash(exactly: world.sealer.signerName.key.bytes))
      try parts.setSeal(seal.changed(sealer: named), by: world.sealer)
      try parts.carry(by: world.sealer)
    },
    Attack("the seal is signed with another commitment", fails: "seal.signer") { parts, world in
      try parts.setSeal(parts.seal, by: world.sealer, .proofOfSender)
    },
    Attack("the carrier signs with another commitment", fails: "carrier") { parts, world in
      try parts.carry(by: world.sealer, .proofOfOrigin)
    },
    Attack("the carrier leaves one file out", fails: "carrier") { parts, world in
      let all = parts.paths.filter { !$0.hasPrefix("META-INF/") && $0 != Layout.caseGraph }
      try parts.sign(900, over: all, by: world.sealer, .proofOfSender)
    },
    Attack("the carrier covers a manifest too", fails: "carrier") { parts, world in
      let all = parts.paths.filter { !$0.contains("900") }
      try parts.sign(900, over: all, by: world.sealer, .proofOfSender)
    },
    Attack("a manifest has a space more", fails: "manifest.exact") { parts, _ in
      try parts.replace("?>", by: " ?>", in: Layout.manifest(1))
    },
  ]

  private static let fileAttacks: [Attack] = [
    Attack("a file is added that nobody signed", fails: "carrier") { parts, _ in
      parts["items/9999-more.txt"] = [65]
    },
    Attack("a file is added that only the carrier signed", fails: "container.layout") {
      parts, world in
      parts["items/9999-more.txt"] = [65]
      try parts.carry(by: world.stranger)
    },
    Attack("an unknown folder is signed by the carrier", fails: "container.layout") {
      parts, world in
      parts["readme.html"] = [65]
      try parts.carry(by: world.stranger)
    },
    Attack("a disclosure of no item is added", fails: "container.layout") { parts, world in
      parts[Layout.leaves(99)] = try parts.bytes(try parts.leaves("note.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("a record far off is added", fails: "container.layout") { parts, world in
      parts["redactions/007.txt"] = [65]
      try parts.carry(by: world.stranger)
    },
    Attack("a file is added to META-INF", fails: "container.layout") { parts, _ in
      parts["META-INF/notes.xml"] = [65]
    },
    Attack("an item is changed", fails: "manifest.objects") { parts, _ in
      try parts.replace("Friday", by: "Monday", in: try parts.item("note.txt"))
    },
    Attack("an item is changed and carried anew", fails: "seal.root", saying: "note.txt") {
      parts, world in
      try parts.replace("Friday", by: "Monday", in: try parts.item("note.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("a grid item is changed and carried anew", fails: "seal.root", saying: "dump.bin") {
      parts, world in
      let path = try parts.item("dump.bin")
      parts[path] = try parts.bytes(path).map { $0 ^ 1 }
      try parts.carry(by: world.stranger)
    },
    Attack("a cell is moved within a table of equal length", fails: "seal.root") { parts, world in
      try parts.replace(",12", by: ",21", in: try parts.item("orders.csv"))
      try parts.carry(by: world.stranger)
    },
    Attack("a border between two cells is moved", fails: "seal.root") { parts, world in
      let path = try parts.leaves("orders.csv")
      var bytes = try parts.bytes(path)
      // The last two lengths: one byte goes from the line's end to the number before it.
      bytes[bytes.count - 1] -= 1
      bytes[bytes.count - 2] += 1
      parts[path] = bytes
      try parts.carry(by: world.stranger)
    },
    Attack("an item gets another name", fails: "seal.root") { parts, world in
      let path = try parts.leaves("note.txt")
      try parts.replaceBytes("note.txt", by: "nose.txt", in: path)
      try parts.rename(
        try parts.item("note.txt"), to: Layout.item(try parts.number("note.txt"), name: "nose.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("an item's file has another slug", fails: "container.layout") { parts, world in
      let path = try parts.item("note.txt")
      try parts.rename(path, to: path.replacing("note", with: "nose"))
      try parts.carry(by: world.stranger)
    },
    Attack("an item's file has another number", fails: "container.layout") { parts, world in
      try parts.rename(try parts.item("note.txt"), to: Layout.item(77, name: "note.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("an item's file is missing", fails: "manifest.objects") { parts, _ in
      parts.remove(try parts.item("note.txt"))
    },
    Attack("an item's file is missing and carried anew", fails: "seal.root") { parts, world in
      parts.remove(try parts.item("note.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("an item and its disclosure are missing", fails: "seal.root") { parts, world in
      parts.remove(try parts.item("note.txt"), try parts.leaves("note.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("two items are swapped", fails: "seal.root") { parts, world in
      let (one, two) = (try parts.number("note.txt"), try parts.number("kestrel.txt"))
      let (first, second) = (try parts.item("note.txt"), try parts.item("kestrel.txt"))
      try parts.rename(first, to: Layout.item(two, name: "note.txt"))
      try parts.rename(second, to: Layout.item(one, name: "kestrel.txt"))
      let leaves = parts[Layout.leaves(one)]
      parts[Layout.leaves(one)] = parts[Layout.leaves(two)]
      parts[Layout.leaves(two)] = leaves
      try parts.carry(by: world.stranger)
    },
    Attack("an item has the disclosure of another", fails: "seal.root") { parts, world in
      parts[try parts.leaves("note.txt")] = try parts.bytes(try parts.leaves("kestrel.txt"))
      try parts.carry(by: world.stranger)
    },
    Attack("a disclosure has a byte more", fails: "seal.root") { parts, world in
      let path = try parts.leaves("note.txt")
      parts[path] = try parts.bytes(path) + [0]
      try parts.carry(by: world.stranger)
    },
  ]

  private static let statementAttacks: [Attack] = [
    Attack("the view is another bundle's", fails: "seal.root") { parts, world in
      parts[Layout.view] = try SampleParts(world.other).bytes(Layout.view)
      try parts.carry(by: world.stranger)
    },
    Attack("the seal is another bundle's, with its signature", fails: "seal.terms") {
      parts, world in
      let other = try SampleParts(world.other)
      for path in [Layout.seal, Layout.manifest(1), Layout.signature(1)] {
        parts[path] = try other.bytes(path)
      }
      try parts.carry(by: world.stranger)
    },
    Attack("seal and terms are another bundle's", fails: "seal.root") { parts, world in
      let other = try SampleParts(world.other)
      for path in [Layout.seal, Layout.terms, Layout.manifest(1), Layout.signature(1)] {
        parts[path] = try other.bytes(path)
      }
      try parts.carry(by: world.stranger)
    },
    Attack("the terms are replaced", fails: "seal.terms") { parts, world in
      try parts.replace("a test", by: "a jest", in: Layout.terms)
      try parts.carry(by: world.stranger)
    },
    Attack("the terms are replaced and signed by another node", fails: "seal.terms") {
      parts, world in
      try parts.replace("a test", by: "a jest", in: Layout.terms)
      try parts.sign(1, over: [Layout.seal, Layout.terms], by: world.stranger, .proofOfOrigin)
      try parts.carry(by: world.stranger)
    },
    Attack("the terms are missing", fails: "bundle.statements") { parts, world in
      parts.remove(Layout.terms)
      try parts.carry(by: world.stranger)
    },
    Attack("the view is missing", fails: "bundle.statements") { parts, world in
      parts.remove(Layout.view)
      try parts.carry(by: world.stranger)
    },
    Attack("the CASE graph is altered", fails: "case.graph") { parts, world in
      try parts.replace("officer 7", by: "officer 8", in: Layout.caseGraph)
      try parts.carry(by: world.stranger)
    },
    Attack("the CASE graph is missing", fails: "case.graph") { parts, world in
      parts.remove(Layout.caseGraph)
      try parts.carry(by: world.stranger)
    },
    Attack("the release is another bundle's", fails: "release") { parts, world in
      parts[Layout.release] =
        Release(
          bundleID: try SampleParts(world.other).seal.bundleID, transfer: "t",
          sender: world.sealer.name, recipients: ["x"], time: "2026-11-20T12:00:00Z"
        ).bytes
      try parts.carry(by: world.sealer)
    },
    Attack("the release isn't canonical", fails: "bundle.statements") { parts, world in
      let release = Release(
        bundleID: parts.seal.bundleID, transfer: "t", sender: world.sealer.name,
        recipients: ["x"], time: "2026-11-20T12:00:00Z")
      parts[Layout.release] = release.bytes + [10]
      try parts.carry(by: world.sealer)
    },
    Attack("the seal speaks of no item", fails: "bundle.statements", saying: "0 items") {
      parts, world in
      try parts.setSeal(parts.seal.changed(itemCount: 0), by: world.sealer)
      try parts.carry(by: world.sealer)
    },
    Attack("the seal speaks of four thousand million items", fails: "bundle.statements") {
      parts, world in
      try parts.setSeal(parts.seal.changed(itemCount: Int(UInt32.max)), by: world.sealer)
      try parts.carry(by: world.sealer)
    },
    Attack("seal and view speak of a million items", fails: "bundle.statements") { parts, world in
      let view = try View(seed: .generate(), itemCount: View.maximumItemCount)
      parts[Layout.view] = view.bytes
      try parts.setSeal(
        parts.seal.changed(itemCount: View.maximumItemCount), by: world.sealer)
      try parts.carry(by: world.sealer)
    },
  ]
}

extension SampleParts {
  /// Replaces bytes that are a text by others of the same length, where all else isn't text.
  mutating func replaceBytes(_ old: String, by new: String, in path: String) throws {
    var bytes = try bytes(path)
    guard let range = bytes.firstRange(of: Array(old.utf8)), old.utf8.count == new.utf8.count else {
      throw Missing(what: old)
    }
    bytes.replaceSubrange(range, with: Array(new.utf8))
    self[path] = bytes
  }
}

extension SealStatement {
  /// The same statement with some fields changed.
  func changed(
    itemCount: Int? = nil, sealer: SignerName? = nil, terms: Hash? = nil
  ) throws -> SealStatement {
    try SealStatement(
      bundleID: bundleID, itemCount: itemCount ?? self.itemCount, root: root,
      terms: terms ?? self.terms, sealer: sealer ?? self.sealer, time: time)
  }
}
