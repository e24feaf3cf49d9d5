public import ASiC
import Glibc

/// A sentence for a person about a container that isn't acceptable.
public func describe(_ error: ContainerError) -> String {
  switch error {
  case .readFailed(let errno): "it can't be read: \(String(cString: strerror(errno)))"
  case .writeFailed(let errno): "it can't be written: \(String(cString: strerror(errno)))"
  case .notAnArchive: "it isn't a ZIP file"
  case .truncated(let offset): "it ends early, at byte \(offset)"
  case .dataBeforeArchive: "there are bytes before its first entry"
  case .dataAfterArchive(let offset): "there are bytes after its end, from \(offset) on"
  case .gap(let offset): "there are bytes between its entries, at \(offset)"
  case .overlap(let offset): "two of its entries overlap, at \(offset)"
  case .malformedRecord(let offset): "the record at byte \(offset) contradicts itself"
  case .unexpectedComment: "its comment names another kind of container, or hides a second end"
  case .multipleDisks: "it is one part of several"
  case .tooManyEntries(let count, let limit): "it has \(count) entries, and \(limit) are read"
  case .directoryTooLarge(let size, let limit):
    "its directory has \(size) bytes, and \(limit) are read"
  case .contentTooLarge(let limit): "its entries have more bytes than the \(limit) that are read"
  case .mimetypeNotFirst: "its first entry isn't the plain `mimetype` of an ASiC container"
  case .mimetypeNotPlain: "its `mimetype` is deflated, or has more around it than its value"
  case .unknownMediaType: "its `mimetype` names no kind of ASiC container"
  case .outputNotEmpty: "the file to write to isn't empty"
  default: describeEntry(error)
  }
}

/// What is wrong with one entry of it.
private func describeEntry(_ error: ContainerError) -> String {
  switch error {
  case .unsafeName(let name): "an entry's name is unsafe: \(safePath(forName: name))"
  case .ambiguousName(let offset): "the entry at byte \(offset) has a name that isn't UTF-8"
  case .duplicateName(let name): "two entries are called \(shown(name))"
  case .fileAndDirectory(let name): "\(shown(name)) is both a file and a folder"
  case .headersDiffer(let name, let field):
    "two places say different things of \(shown(name)): its \(field)"
  case .notAFile(let name): "\(shown(name)) is no file but a link or a device"
  case .encrypted(let name): "\(shown(name)) is encrypted"
  case .unsupportedMethod(let name, let method):
    "\(shown(name)) is compressed in a way that ASiC doesn't have (ZIP method \(method))"
  case .unsupportedFeature(let name, _, _): "\(shown(name)) uses a part of ZIP that isn't read"
  case .malformedExtraField(let name): "\(shown(name)) has an extra field that can't be read"
  case .malformedDescriptor(let name): "what stands behind \(shown(name)) isn't its description"
  case .impossibleSize(let name): "\(shown(name)) has a size that can't be"
  case .suspiciousRatio(let name):
    "\(shown(name)) would become so much larger than it is that it may be an attack"
  case .checksumMismatch(let name): "\(shown(name)) was changed: its checksum is wrong"
  case .corruptData(let name): "\(shown(name)) was changed: its content can't be inflated"
  case .entryTooLarge(let name, let size, let limit):
    "\(shown(name)) has \(size) bytes, and \(limit) are read"
  default: "it can't be written (\(error))"
  }
}

private func shown(_ name: EntryName) -> String { safePath(forName: name.path) }

/// A sentence for a person about a manifest that isn't acceptable.
func describe(_ error: ManifestError) -> String {
  switch error {
  case .tooLarge(let count, let limit): "the manifest has \(count) bytes, and \(limit) are read"
  case .notUTF8: "the manifest isn't UTF-8"
  case .malformed(let offset): "the manifest isn't well-formed XML, at byte \(offset)"
  case .forbiddenConstruct(let offset):
    "the manifest has a document type, processing instruction or CDATA section, at byte \(offset)"
  case .unknownEntity(let offset): "the manifest uses an unknown entity, at byte \(offset)"
  case .unboundPrefix(let offset): "the manifest has a prefix without namespace, at byte \(offset)"
  case .tooComplex(let offset): "the manifest is nested too deeply, at byte \(offset)"
  case .unexpectedContent(let offset):
    "the manifest has something that no manifest has, at byte \(offset)"
  case .badAttribute(let name, let offset):
    "the manifest's attribute \(safePath(forName: name)) is wrong or missing, at byte \(offset)"
  case .noReferences: "the manifest names no file"
  case .tooManyReferences(let limit): "the manifest names more than \(limit) files"
  case .duplicateReference(let name): "the manifest names \(shown(name)) twice"
  case .unsafeURI(let uri): "the manifest names what is no file in here: \(safePath(forName: uri))"
  case .weakDigest: "the manifest's digests can be forged: they are MD5 or SHA-1"
  case .unknownDigest: "the manifest's digests are in an algorithm that isn't known"
  case .malformedDigest(let offset): "the manifest has a digest that is none, at byte \(offset)"
  case .criticalExtension(let offset):
    "the manifest has a critical extension that isn't known, at byte \(offset)"
  }
}

/// How a container differs from those that are written here, in words.
func describe(_ deviation: ContainerDeviation) -> String {
  switch deviation {
  case .noComment: "the archive has no comment"
  case .comment: "the archive's comment isn't the one that names its kind"
  case .endRecord: "the archive's end is written otherwise"
  case .versionMadeBy(let name, _): "\(shown(name)) was made by another program"
  case .versionNeeded(let name, _): "\(shown(name)) asks for another version of ZIP"
  case .flags(let name, _): "\(shown(name)) has other flags"
  case .deflated(let name): "\(shown(name)) is deflated"
  case .time(let name): "\(shown(name)) has a time"
  case .extraField(let name): "\(shown(name)) has an extra field"
  case .attributes(let name): "\(shown(name)) has other attributes than a plain file"
  case .entryComment(let name): "\(shown(name)) has a comment"
  case .undecodableName(let name): "the name of \(shown(name)) is in an unknown encoding"
  case .directory(let name): "there is an entry for the folder \(shown(name))"
  case .header(let name): "the headers of \(shown(name)) are written otherwise"
  }
}
