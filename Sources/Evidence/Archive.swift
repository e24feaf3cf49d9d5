import ASiC
import CAdES
import Redaction

/// Writes a copy of a verified bundle with an archive time-stamp over what lasts: the statements of
/// sealer and redactors, their manifests and signatures, and earlier archive time-stamps.
///
/// The carrier seal isn't covered, since it is made anew for each copy; so the archiving node makes
/// it anew here too, and it lasts as long as the archive time-stamp. To be done again before the
/// authority's certificate ends, and before its algorithms do.
///
/// - Returns: the number of archive time-stamps that the copy has.
/// - Throws: ``EvidenceError/notComplete(file:)``, ``EvidenceError/tooManyArchives(limit:)``, or what writing and signing throw.
public func archive(
  _ verified: VerifiedBundle, by signatory: Signatory, into fileDescriptor: Int32, at time: Int64,
  scratch: ScratchFile, progress: @escaping (UInt64) -> Void = { _ in }
) throws -> Int {
  let bundle = verified.bundle
  if let low = verified.verification.signatures.first(where: {
    $0.role != .carrier && $0.validation.level < .longTerm
  }) {
    throw EvidenceError.notComplete(file: low.file)
  }
  let rewrite = Rewrite(verified, release: bundle.release)
  let assembly = try Assembly(
    fileDescriptor: fileDescriptor, expecting: bundle.container.entries.count + 4,
    progress: progress)
  try rewrite.write(to: assembly, scratch: scratch)
  try rewrite.copySignatures(to: assembly)
  try assembly.signAsCarrier(signatory, at: time)
  let count = try rewrite.copyArchives(to: assembly, renewing: true)
  guard count < Layout.maximumArchives else {
    throw EvidenceError.tooManyArchives(limit: Layout.maximumArchives)
  }
  var paths = [Layout.seal, Layout.terms]
  paths += bundle.records.indices.map { Layout.record($0 + 1) }
  paths += (1...bundle.records.count + 1).flatMap { [Layout.manifest($0), Layout.signature($0)] }
  if count > 0 {
    paths += (1...count).flatMap { [Layout.formerArchiveManifest($0), Layout.timestamp($0)] }
  }
  try assembly.archive(
    count + 1, over: paths, rootfile: count > 0 ? Layout.formerArchiveManifest(count) : nil,
    by: signatory)
  _ = try assembly.finish()
  return count + 1
}

/// Writes a copy of a bundle in which signatures below B-LT got what they lack: a time-stamp,
/// certificates, revocation data. Everything else is the same, byte for byte.
///
/// Such a bundle can't be verified yet, so the caller verifies what comes out.
///
/// - Parameter verification: what is known of the bundle. One that is proven bad is refused.
/// - Returns: how many signatures were raised.
/// - Throws: ``EvidenceError/notVerified``, or what writing and time-stamping throw.
public func complete(
  _ bundle: EvidenceBundle, _ verification: Verification, by signatory: Signatory,
  into fileDescriptor: Int32, progress: @escaping (UInt64) -> Void = { _ in }
) throws -> Int {
  guard verification.verdict != .notVerified else { throw EvidenceError.notVerified }
  let low = Set(verification.signatures.filter { $0.validation.level < .longTerm }.map(\.file))
  let assembly = try Assembly(
    fileDescriptor: fileDescriptor, expecting: bundle.container.entries.count + 4,
    progress: progress)
  for entry in bundle.container.entries where entry.name.path != "mimetype" {
    let path = entry.name.path
    if low.contains(path) {
      let signature = try bundle.container.bytes(of: entry, limit: maximumSignature)
      try assembly.add(path, signatory.complete(signature))
    } else {
      try assembly.addCopy(path, of: entry, in: bundle.container)
    }
  }
  _ = try assembly.finish()
  return low.count
}

/// A signature with chains, time stamp and revocation lists; lists of large authorities are long.
let maximumSignature = 16 << 20
