/// Why bytes aren't a manifest that we accept.
///
/// Offsets count bytes from the start of the manifest.
public enum ManifestError: Error, Hashable, Sendable {
  // The XML.

  /// More than ``Manifest/maximumSize`` bytes.
  case tooLarge(Int, limit: Int)
  /// The bytes aren't UTF-8, or declare another encoding.
  case notUTF8
  /// The bytes at `offset` aren't well-formed XML.
  case malformed(offset: Int)
  /// A document type declaration, a processing instruction or a CDATA section: a manifest needs
  /// none, and each has been a way to make two programs read different things.
  case forbiddenConstruct(offset: Int)
  /// An entity other than the five of XML.
  case unknownEntity(offset: Int)
  /// A prefix without a namespace.
  case unboundPrefix(offset: Int)
  /// More than 16 elements inside each other, or 32 attributes at one.
  case tooComplex(offset: Int)

  // The manifest (EN 319 162-1, Annex A.4).

  /// An element or text that the schema doesn't have here.
  case unexpectedContent(offset: Int)
  /// An attribute that the schema doesn't have, lacks here, or has with other values.
  case badAttribute(String, offset: Int)
  /// No file is covered.
  case noReferences
  /// More files than a container can have.
  case tooManyReferences(limit: Int)
  /// A file is covered twice.
  case duplicateReference(EntryName)
  /// A URI that isn't a file's path inside the container.
  case unsafeURI(String)
  /// MD5 or SHA-1.
  case weakDigest(String)
  /// Any other algorithm that we don't know.
  case unknownDigest(String)
  /// The digest isn't Base64 of as many bytes as the algorithm has.
  case malformedDigest(offset: Int)
  /// An extension that says that whoever doesn't know it must not go on.
  case criticalExtension(offset: Int)
}
