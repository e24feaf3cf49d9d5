import ASiC
import CAdES
import Evidence
import Redaction

/// The entries of a bundle, taken apart so that they can be put together differently.
struct SampleParts {
  private(set) var entries: [(path: String, bytes: [UInt8])] = []
  /// The numbers of the items whose names are disclosed.
  private(set) var numbers: [String: Int] = [:]
  private(set) var records: [RedactionRecord] = []
  let seal: SealStatement

  struct Missing: Error { let what: String }

  init(_ container: [UInt8]) throws {
    let reader = try ContainerReader(bytes: container)
    for entry in reader.entries where entry.name.path != "mimetype" {
      entries.append((entry.name.path, try reader.bytes(of: entry, limit: 1 << 24)))
    }
    let bundle = try EvidenceBundle(reader)
    seal = bundle.seal
    records = bundle.records
    for number in 1...bundle.seal.itemCount where !bundle.view.isWithheld(number) {
      if let name = try bundle.head(ofItem: number)["name"] {
        numbers[String(decoding: name, as: UTF8.self)] = number
      }
    }
  }

  var paths: [String] { entries.map(\.path) }

  /// An entry's bytes; what is set under a new path goes to the end.
  subscript(path: String) -> [UInt8]? {
    get { entries.first { $0.path == path }?.bytes }
    set {
      let index = entries.firstIndex { $0.path == path }
      switch (index, newValue) {
      case (let index?, let bytes?): entries[index].bytes = bytes
      case (let index?, nil): entries.remove(at: index)
      case (nil, let bytes?): entries.append((path, bytes))
      case (nil, nil): break
      }
    }
  }

  func bytes(_ path: String) throws -> [UInt8] {
    guard let bytes = self[path] else { throw Missing(what: path) }
    return bytes
  }

  func number(_ name: String) throws -> Int {
    guard let number = numbers[name] else { throw Missing(what: name) }
    return number
  }

  func item(_ name: String) throws -> String {
    Layout.item(try number(name), name: name)
  }

  func leaves(_ name: String) throws -> String { Layout.leaves(try number(name)) }

  mutating func remove(_ paths: String...) {
    entries.removeAll { paths.contains($0.path) }
  }

  mutating func rename(_ path: String, to other: String) throws {
    guard let index = entries.firstIndex(where: { $0.path == path }) else {
      throw Missing(what: path)
    }
    entries[index].path = other
  }

  /// Replaces one text by another of any length in an entry that holds it.
  mutating func replace(_ old: String, by new: String, in path: String) throws {
    let text = String(decoding: try bytes(path), as: UTF8.self)
    guard text.contains(old) else { throw Missing(what: "\(old) in \(path)") }
    self[path] = Array(text.replacing(old, with: new).utf8)
  }

  /// Signs these entries as manifest and signature of this number.
  mutating func sign(
    _ number: Int, over paths: [String], by node: SampleNode, _ commitment: Commitment
  ) throws {
    let objects = try entries.filter { paths.contains($0.path) }.map { entry in
      var digest = Digest256()
      digest.update(entry.bytes)
      return DataObjectReference(name: try EntryName(entry.path), digest: digest.finalize())
    }
    let manifest = Manifest(signature: try EntryName(Layout.signature(number)), objects: objects)
    self[Layout.manifest(number)] = manifest.xml
    self[Layout.signature(number)] = try node.signatory.sign(
      manifest.xml, commitment: commitment, at: SampleNode.now)
  }

  /// Seals the parts as a carrier does: every file outside META-INF, in the order that they have.
  mutating func carry(by node: SampleNode, _ commitment: Commitment = .proofOfSender) throws {
    remove(Layout.manifest(900), Layout.signature(900))
    let inside = entries.filter { $0.path.hasPrefix("META-INF/") }
    entries = entries.filter { !$0.path.hasPrefix("META-INF/") } + inside
    let all = paths.filter { !$0.hasPrefix("META-INF/") }
    try sign(900, over: all, by: node, commitment)
  }

  /// Puts a record into its place, with its signature.
  mutating func setRecord(
    _ record: RedactionRecord, step: Int, by node: SampleNode,
    _ commitment: Commitment = .proofOfApproval
  ) throws {
    self[Layout.record(step)] = record.bytes
    try sign(step + 1, over: [Layout.record(step)], by: node, commitment)
  }

  /// Puts another seal statement into its place, signed as the sealer signs.
  mutating func setSeal(
    _ statement: SealStatement, by node: SampleNode, _ commitment: Commitment = .proofOfOrigin
  ) throws {
    self[Layout.seal] = statement.bytes
    try sign(1, over: [Layout.seal, Layout.terms], by: node, commitment)
  }

  func container(kind: ContainerKind = .asicE) throws -> [UInt8] {
    let file = try UnnamedFile()
    var writer = try ContainerWriter(fileDescriptor: file.descriptor, kind: kind)
    for entry in entries { try writer.add(EntryName(entry.path), bytes: entry.bytes) }
    try writer.finish()
    return try file.bytes()
  }
}

/// Three nodes that trust each other, and one bundle in three states.
struct SampleWorld: Sendable {
  static let shared = Result { try SampleWorld() }

  let sealer: SampleNode
  let redactor: SampleNode
  let stranger: SampleNode
  /// The bundle as it was sealed.
  let full: [UInt8]
  /// After one step.
  let redacted: [UInt8]
  /// After two steps.
  let twice: [UInt8]
  /// Another bundle of the same sealer and the same files.
  let other: [UInt8]

  var trust: TrustAnchors { TrustAnchors([sealer, redactor, stranger]) }

  static let files: [(String, [UInt8])] = [
    (
      "orders.csv",
      Array(
        """
        buyer,email,total
        Ilmari Sarasvuo,ilmari@mail.example,12
        Rita Quaresma,rita@mail.example,7

        """.utf8)
    ),
    ("note.txt", Array("The parcel of Rita Quaresma came on Friday.\n".utf8)),
    (
      "subscriber.json",
      Array(#"{"subscriber":{"name":"Rita Quaresma","plan":"flat"},"id":42}"#.utf8)
    ),
    ("kestrel.txt", Array("Kestrel told us where the warehouse is.\n".utf8)),
    ("dump.bin", (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 3) }),
  ]

  static let policy = """
    rules:
      - item: orders.csv
        columns: [buyer]
        code: PD-NAME
        basis: LED art. 4(1)(c)
      - item: subscriber.json
        pointers: [/subscriber/name]
        code: PD-NAME
      - item: note.txt
        match: Rita \\w+
        code: PD-NAME
      - item: kestrel.txt
        all: true
        code: INF
    """

  static let secondPolicy = """
    rules:
      - item: orders.csv
        columns: [email]
        code: PD-CONTACT
    """

  init() throws {
    sealer = try SampleNode("pt-ipcu")
    redactor = try SampleNode("fi-nbi")
    stranger = try SampleNode("se-npa")
    let terms = try SampleNode.terms(redactors: [sealer, redactor])
    full = try sealer.seal(Self.files, terms: terms)
    other = try sealer.seal(Self.files, terms: terms)
    let trust = TrustAnchors([sealer, redactor, stranger])
    redacted = try redactor.redact(Self.token(full, trust), Self.policy)
    twice = try redactor.redact(Self.token(redacted, trust), Self.secondPolicy)
  }

  struct NotVerified: Error { let why: String }

  static func token(_ bytes: [UInt8], _ trust: TrustAnchors) throws -> VerifiedBundle {
    let (verification, bundle) = judge(bytes, trust)
    guard let bundle else { throw NotVerified(why: verification.summary) }
    return bundle
  }
}

extension RedactionRecord {
  /// The same record with some fields changed.
  func changed(
    seal: SealStatement? = nil, previous: RedactionRecord? = nil, sequence: UInt64? = nil,
    view: View? = nil, isClosed: Bool? = nil, redactor: SignerName? = nil, cuts: [Cut]? = nil
  ) throws -> RedactionRecord {
    try RedactionRecord(
      seal: seal?.digest ?? self.seal, previous: previous?.digest ?? seal?.digest ?? self.previous,
      sequence: sequence ?? self.sequence, view: view?.id ?? self.view,
      isClosed: isClosed ?? self.isClosed, redactor: redactor ?? self.redactor,
      proposer: proposer, approver: approver, release: release, time: time,
      cuts: cuts ?? self.cuts)
  }
}
