// How the outcome of a verification is told: as one JSON object (Docs/CommandLine.md, `verify
// --json`) and as text for people, the verdict first. `Tests/CommandLineTests` proves the keys.

public import Evidence
import Redaction

/// A verification, ready to be told.
public struct VerificationReport: Sendable {
  let verification: Verification
  /// The bundle's path as the person gave it, for the commands to repeat the check.
  let path: String
  /// Where the trust anchors came from.
  let anchors: [AnchorSource]

  /// A report on a verification of the file at `path`.
  public init(_ verification: Verification, path: String, anchors: [AnchorSource]) {
    self.verification = verification
    self.path = path
    self.anchors = anchors
  }

  /// What a verification can't show, whatever it says.
  public var limits: [String] {
    var limits = [
      "It does not show that the content is true, that the source was complete, or that it was "
        + "collected lawfully.",
      "It rests on the trust anchors that were given, and on nothing taken from the bundle.",
      "Signatures are advanced electronic signatures of a node; they do not name the person.",
    ]
    if !verification.derivations.isEmpty {
      limits.append(
        "That an item made from another (tiles or words of a page) shows the same as the other is "
          + "attested by the sealer, not proven.")
    }
    if !verification.records.isEmpty {
      limits.append(
        "Who holds a fuller copy can cut more: only the transfer statement, the receipts and the "
          + "two logs show whether this is the last copy that was released.")
      limits.append(
        "What stands in a withheld place as a shown text (a partial form, a pseudonym) is attested "
          + "by the redactor, not proven.")
    }
    let items = verification.items
    let companions = items.indices.filter {
      items.header(Derivation.headerKey, ofItemAt: $0) != nil
    }
    if !companions.isEmpty {
      let numbers = companions.prefix(20).map { String($0 + 1) }.joined(separator: ", ")
      limits.append(
        "That \(companions.count == 1 ? "item" : "items") \(numbers)"
          + (companions.count > 20 ? " and \(companions.count - 20) more" : "")
          + " \(companions.count == 1 ? "shows the item that it was" : "show the items that they were")"
          + " made from is attested by the sealer, not proven.")
    }
    return limits
  }

  /// The commands of other people's programs that repeat the check. `check_bundle.py` compares the
  /// items; the report for a court has a command for each as well.
  public var repeatCommands: [String] {
    RepeatCommands(verification, path: path, anchors: anchors).essential.map(\.command)
  }
}

/// A word for a shell: as it is where that is safe, else in single quotes.
func shellQuoted(_ text: String) -> String {
  let safe = text.unicodeScalars.allSatisfy {
    $0.isASCII
      && ($0.properties.isAlphabetic || $0.properties.numericType == .decimal
        || "/._-+=:@%".unicodeScalars.contains($0))
  }
  return safe && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
