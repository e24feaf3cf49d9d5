import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Redaction
import Report
import RogatoryNode

extension Redact {
  /// The dry run: what would be withheld, to the terminal, and where it is asked for to a file for a
  /// second person. Nothing of it goes into the log.
  func list(_ all: FoundCuts, _ verified: VerifiedBundle, _ home: NodeHome) throws {
    let found = all.proposal
    let listing = try CutListing(found.cuts, of: verified)
    let saved = try save.map { path in
      guard !found.cuts.isEmpty else {
        throw Failure(
          .refused, "there is nothing to propose", safe: "nothing was written",
          hint: "a rule may be misspelt")
      }
      try all.keepLabels()
      return try saveProposal(listing, found, verified, home, to: path)
    }
    let names = verified.verification.items.map { $0.name }
    global.print(
      .object(known: [
        "dryRun": true, "bundle": .string(bundleID(verified)),
        "view": .string(verified.bundle.view.id.base64), "counts": found.countsJSON,
        "places": .object(listing.countsByCode.mapValues { .integer(Int64($0)) }),
        "items": .array(
          listing.countsByItem.sorted { $0.key < $1.key }.map { number, count in
            .object(known: [
              "index": .integer(Int64(number)), "places": .integer(Int64(count)),
              "name": names[number - 1].map { .string($0) },
            ])
          }), "cuts": .array(listing.cuts.map(\.json)), "proposal": save.map { .string($0) },
        "proposer": saved.map { .string($0.proposer) },
      ]), text: text(listing, saved))
    if found.cuts.isEmpty, !allowNothing { throw Self.nothing(save: nil) }
  }

  private func text(_ listing: CutListing, _ saved: SavedProposal?) -> String {
    guard !listing.cuts.isEmpty else { return "Nothing would be withheld." }
    var lines = ["Would withhold:", listing.text, ""]
    if let saved, let save {
      lines += [
        "Saved as \(save), proposed by \(saved.proposer). It holds what is to be withheld.",
        "To decide on it: rogatory approve \(save) --by ID [--accept N…] [--reject N…]",
      ]
    } else {
      lines.append("Nothing was written.")
    }
    return lines.joined(separator: "\n")
  }

  private func saveProposal(
    _ listing: CutListing, _ found: RedactionProposal, _ verified: VerifiedBundle,
    _ home: NodeHome, to path: String
  ) throws -> SavedProposal {
    let officers = try home.officers()
    guard let id = by ?? (home.configuration.development ? officers.officers.first?.id.text : nil)
    else {
      throw Failure(
        .refused, "a proposal needs somebody who proposes", safe: "nothing was written",
        hint: "name the officer with --by")
    }
    var generator = SystemRandomNumberGenerator()
    let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let name = (policy ?? "").split(separator: "/").last.map(String.init) ?? ""
    let proposal = SavedProposal(
      listing, of: verified, metadataOnly: found.metadataOnly, policy: name, nonce: hex(nonce),
      proposer: try officers.officer(id).id.text,
      time: StatementTime(unixSeconds: currentTime())?.text ?? "")
    try write(proposal, to: path, replacing: false)
    return proposal
  }

  /// What to say where no cut is found, or none is left.
  static func nothing(save: SavedProposal?) -> Failure {
    Failure(
      .refused,
      save == nil
        ? "there is nothing to withhold: nothing was found, or nothing of it is accepted"
        : "there is nothing to withhold: no cut of the proposal was accepted",
      safe: "nothing was written",
      hint:
        "see the notes above, a rule may be misspelt; --allow-nothing writes the same bundle again")
  }

  func requireSomething(_ source: RedactionSource) throws {
    if !allowNothing { throw Self.nothing(save: source.saved) }
  }

  /// Nothing is withheld, and that is meant: the output is the input, byte for byte.
  func copy(
    _ input: BundleInput, _ verified: VerifiedBundle, _ approval: Approval, _ log: NodeLog
  ) throws {
    let output = output ?? ""
    try writeOutput(to: output) { descriptor in
      // The open file that was verified, not what may have its name by now.
      try input.copy(to: DescriptorWriter(descriptor, path: output))
    } before: { _ in
      try input.file.checkUnchanged()
      _ = try log.append(
        LogDraft(
          .redact,
          [
            "bundle": .string(bundleID(verified)),
            "seal": .string(verified.bundle.seal.digest.base64),
            "view": .string(verified.bundle.view.id.base64), "outcome": "nothing",
          ],
          personal: approval.people))
    }
    global.print(
      .object([
        "bundle": .string(bundleID(verified)), "file": .string(output), "unchanged": true,
        "view": .string(verified.bundle.view.id.base64), "counts": .object([:]), "cuts": 0,
        "withheldItems": .integer(Int64(verified.verification.withheldCount)),
      ]),
      text: """
        Nothing was withheld: \(output) is the same as \(bundle), byte for byte.
        """)
  }
}

extension BundleInput {
  /// Copies the file from its first byte.
  fileprivate func copy(to sink: DescriptorWriter) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while case let count = try file.read(into: buffer), count > 0 {
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}

/// Writes a proposal, readable by its owner alone, since it holds what is to be withheld.
func write(_ proposal: SavedProposal, to path: String, replacing: Bool) throws {
  let bytes = Array(proposal.json.prettyText.utf8) + [UInt8(ascii: "\n")]
  guard bytes.count <= SavedProposal.maximumByteCount else {
    throw Failure(
      .failed, "the proposal has more than \(SavedProposal.maximumByteCount) bytes",
      safe: "nothing was written", hint: "split the policy, and redact in several steps")
  }
  try AtomicFile.write(bytes, to: path, mode: 0o600, replacing: replacing)
}
