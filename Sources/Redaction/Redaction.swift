// Redaction that the original signature survives: `evidence-seal/v1`, Docs/Redaction.md.
//
// The whole of it but signatures, companions and raster tiles: the seed tree beside the Merkle
// tree, views, `disclosure/NNNN.leaves`, seal and redaction statements, the account of what is
// withheld, the files that travel, and the redactor's step. Base: Johnson, Molnar, Song, Wagner,
// CT-RSA 2002. Signatures are the caller's: each statement names the key it must verify under.
//
// PackageTests proves it: each bundle of conformance/redact verifies and is made again byte for
// byte, and every named forgery there is refused by the check that the oracle names.

/// Reads the next bytes into the buffer and returns their number: 0 only at the end.
public typealias ByteReader = (UnsafeMutableRawBufferPointer) throws -> Int

/// Takes the next bytes of an output; all of them, or it throws.
public typealias ByteWriter = (UnsafeRawBufferPointer) throws -> Void

/// The domain prefixes of everything that is hashed besides leaves and nodes.
enum HashPrefix {
  static let leftSeed: UInt8 = 0x02
  static let rightSeed: UInt8 = 0x03
  static let headerSeed: UInt8 = 0x04
  static let contentSeed: UInt8 = 0x05
  static let item: UInt8 = 0x10
}
