// The evidence bundle after Docs/Bundle.md: an ASiC-E container with CAdES signatures (ETSI EN
// 319 162-1, clause 4.4.4), the seal of Docs/Redaction.md, handling terms and a CASE graph inside.
// Bytes and streams in, values out: files, clocks and keys are the caller's. `EvidenceTests` and
// `Tests/CommandLineTests` prove it, together with `openssl`, `unzip` and Scripts/check_bundle.py.

/// Why evidence can't be sealed, or a file can't be worked on as a bundle of ours.
public enum EvidenceError: Error, Hashable, Sendable {
  /// Nothing to seal: no file was given, or the folder holds none.
  case noItems
  /// More items than one bundle may hold.
  case tooManyItems(limit: Int)
  /// Two files would become items of the same name.
  case duplicateName(String)
  /// The name can't be that of an item: absolute, empty, `..`, too long, or not UTF-8.
  case unsafeName(String)
  /// The item was made from a file that isn't among those to be sealed.
  case noOriginal(String)
  /// The file isn't what it was when its reading began.
  case changedWhileRead(String)
  /// The item isn't what it was when the bundle was checked.
  case changedSinceChecked(String)
  /// The container holds no `seal.txt`: it isn't a bundle of ours.
  case notABundle
  /// A file that every bundle has isn't there.
  case missing(String)
  /// Seal and view speak of different numbers of items, or of more or fewer than a bundle holds.
  case itemCount(seal: Int, view: Int)
  /// A document inside the bundle isn't well-formed, or is longer than its limit.
  case malformed(String)
  /// The handling terms given to the sealer aren't a JSON object in our schema.
  case badTerms(key: String)
  /// The redaction chain is closed: no further step is possible.
  case closed
  /// The seal's terms don't let this node redact.
  case notPermitted(node: String)
  /// A cut would withhold what the terms lock.
  case locked(item: Int)
  /// The last record was made for another release than this one.
  case boundRelease
  /// Nothing was cut: the policy found nothing in this bundle.
  case nothingToCut
  /// As many redaction steps as the layout has room for were made.
  case tooManySteps(limit: Int)
  /// A signature is below B-LT, so there is nothing that an archive time-stamp could keep.
  case notComplete(file: String)
  /// As many archive time-stamps as the layout has room for were made.
  case tooManyArchives(limit: Int)
  /// The items' contents can't be taken out, because the bundle isn't verified.
  case notVerified
}
