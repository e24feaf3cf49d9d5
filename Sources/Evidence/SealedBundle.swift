public import CAdES
public import CanonicalJSON
public import Merkle
public import Redaction

/// What a sealing made.
public struct SealedBundle {
  /// The bundle's id, 32 hexadecimal digits.
  public let bundleID: String
  /// The seal statement.
  public let seal: SealStatement
  /// The view id of the full bundle.
  public let viewID: Hash
  /// The items by number.
  public let items: SealedItems
  /// The container's size in bytes.
  public let byteCount: UInt64
  /// The lower level of the two signatures; below B-LT the bundle waits to be completed.
  public let level: SignatureLevel
  /// Why there is no time-stamp, where that is so.
  public let outage: CAdESError?
}

/// One item of a sealed bundle.
public struct SealedItem: Hashable, Sendable {
  /// Its number, from 1.
  public let number: Int
  /// Its name.
  public let name: String
  /// Its media type, chosen by name and first bytes.
  public let mediaType: String
  /// Its size in bytes.
  public let size: UInt64
  /// SHA-256 of its bytes, lower-case hex.
  public let sha256: String
  /// How many leaves it was cut into.
  public let leafCount: UInt64
  /// How it was cut.
  public let cutting: Cutting
  /// The name of the item that it was made from; nil for evidence as it was found.
  public let original: String?
  /// The cutting that its media type asks for, where the content couldn't be cut so; nil where it
  /// was.
  public let fellBackFrom: Cutting?
  /// How the content breaks the rules of its media type; nil where it doesn't.
  public let fault: ContentFault?
}

/// What a sealer is asked for beside the files.
public struct SealingOrder: Sendable {
  /// The handling terms as a person wrote them; nil for the default ones.
  public var terms: JSON?
  /// The case that the evidence belongs to.
  public var caseReference: String?
  /// How the evidence was acquired.
  public var acquisition: Acquisition
  /// A leaf size in bytes for every item, 1 for `--exact`; nil lets the media type decide.
  public var grid: UInt32?
  /// The same for disk images alone: 512 for `--sector`.
  public var diskImageGrid: UInt32?

  /// An order; only the acquisition is required.
  public init(
    acquisition: Acquisition, terms: JSON? = nil, caseReference: String? = nil,
    grid: UInt32? = nil, diskImageGrid: UInt32? = nil
  ) {
    self.terms = terms
    self.caseReference = caseReference
    self.acquisition = acquisition
    self.grid = grid
    self.diskImageGrid = diskImageGrid
  }
}
