/// Why a bundle, or a part of it, is refused.
///
/// Each case is a check of the specification; ``check`` gives its name. The facts say where.
public enum RedactionError: Error, Hashable, Sendable {
  /// Statement `number` (0 the seal, 1 the first record) isn't signed by exactly the key it names.
  case signature(statement: Int)
  /// `terms.json` isn't the one of the seal, or not what redaction reads.
  case terms(TermsFault)
  /// The view isn't in its canonical form, or not of this bundle.
  case view(ViewFault)
  /// The file ends before what it announces.
  case truncated(DisclosureFile, offset: UInt64)
  /// No item has this mode, grid and number of leaves.
  case shape
  /// `NNNN.leaves` isn't well formed, or doesn't say what the view says.
  case leaves(LeavesFault)
  /// The header fields break a rule.
  case header(HeaderFault)
  /// An item's file isn't the one that leaves, view and records make.
  case file(FileFault)
  /// The text of a seal or record breaks the syntax in line `line`, counted from 1.
  case statement(StatementFault, line: Int)
  /// The records don't follow upon each other, or not upon this seal.
  case chain(ChainFault)
  /// The terms don't permit record `sequence`.
  case permission(PermissionFault, sequence: UInt64)
  /// The records' cuts aren't exactly what is withheld.
  case account(AccountFault, item: Int)
  /// Something is cut in an item that was made from another, and the other shows it still; or it
  /// isn't certain which the other is.
  case companions(CompanionFault, item: Int)
  /// An item or range that the terms lock is cut.
  case locked(item: Int)
  /// Everything is well formed, and the root isn't the sealed one.
  case root

  /// The name of the check that refuses, as in the specification and its vectors.
  public var check: String {
    switch self {
    case .signature: "signature"
    case .terms: "terms"
    case .view: "view"
    case .truncated: "truncated"
    case .shape: "shape"
    case .leaves: "leaves"
    case .header: "header"
    case .file: "file"
    case .statement: "statement"
    case .chain: "chain"
    case .permission: "permission"
    case .account: "account"
    case .companions: "companions"
    case .locked: "locked"
    case .root: "root"
    }
  }
}

extension RedactionError {
  /// The kinds of file that can end too early.
  public enum DisclosureFile: Hashable, Sendable { case view, leaves, item }

  /// What is wrong with the terms.
  public enum TermsFault: Hashable, Sendable {
    /// Not RFC 8785 JSON, not an object, or too long.
    case notCanonical
    /// The member isn't of the expected form.
    case member(String)
    /// Their SHA-256 isn't the one in the seal.
    case notOfTheSeal
  }

  /// What is wrong with the view.
  public enum ViewFault: Hashable, Sendable {
    /// Not a view of version 1.
    case magic
    /// No item, more than ``View/maximumItemCount``, or another number than in the seal.
    case itemCount(UInt64)
    /// Longer than ``View/maximumByteCount``.
    case tooLong(Int)
    /// An unknown kind of node at this byte offset, or one that can't stand there.
    case nodeKind(offset: Int)
    /// A split of one leaf, or of two like halves, before this byte offset.
    case split(offset: Int)
    /// A partial item that is wholly disclosed or wholly withheld.
    case partial(offset: Int)
    /// Bytes follow.
    case trailingBytes(offset: Int)
    /// A state given for `item` can't stand in a view.
    case state(item: Int)
  }

  /// What is wrong with `NNNN.leaves`.
  public enum LeavesFault: Hashable, Sendable {
    /// The bundle has no such file.
    case missing
    /// A file of an item that is withheld.
    case ofWithheldItem
    /// Not a leaves file of version 1.
    case magic
    /// Not the shape in the view.
    case shape
    /// Indices don't ascend, or are past the number of header leaves.
    case headerIndex(UInt32)
    /// The disclosed header leaves aren't those of the view.
    case headers
    /// Header leaves beyond ``LeavesReader/maximumHeaderBytes`` or
    /// ``LeavesReader/maximumHeaderCount``.
    case tooManyHeaders
    /// Not the shortest form, or 2^64 and more.
    case varint(offset: UInt64)
    /// An unknown kind, an empty run, one past the last leaf, or two of a kind in a row.
    case run(offset: UInt64)
    /// The runs aren't those of the view.
    case runs(leaf: UInt64)
    /// Bytes follow the last run.
    case trailingBytes(offset: UInt64)
    /// Another number of leaves, or of bytes, than was announced to a hasher.
    case count
  }

  /// What is wrong with a header field.
  public enum HeaderFault: Hashable, Sendable {
    /// A key isn't 1 to 255 of `a-z 0-9 -`, or longer than its leaf.
    case key
    /// The disclosed keys don't ascend strictly.
    case order
    /// `media-type` must be disclosed.
    case mediaType
    /// The field is derived from content of which a part is withheld.
    case derived(String)
    /// `derived-from` goes only with the whole item: it ties a companion to its original.
    case derivation
  }

  /// What is wrong with an item's file.
  public enum FileFault: Hashable, Sendable {
    /// The bundle has no such file.
    case missing
    /// A file of an item whose content is all withheld.
    case withoutContent
    /// Not the canonical placeholder of withheld leaf `leaf`, or of the row that it is in.
    case placeholder(leaf: UInt64)
    /// Bytes follow the last leaf.
    case trailingBytes(offset: UInt64)
    /// The header of a picture is withheld and its tiles aren't.
    case noRendering
    /// A part of a picture is withheld, and this disclosed leaf of it isn't a tile.
    case tile(leaf: UInt64)
  }

  /// What is wrong with the text of a statement.
  public enum StatementFault: Hashable, Sendable {
    case tooLong, notText, missingLine, trailingLine
    case firstLine, identifier, number, base64, time, signer, state, role, cut, code, text, cutOrder
    case grant
  }

  /// How a record fails to follow.
  public enum ChainFault: Hashable, Sendable {
    /// The record before says that it is the last.
    case afterClosed(sequence: UInt64)
    case seal(sequence: UInt64)
    case previous(sequence: UInt64)
    case sequence(UInt64)
    /// The last record is about another view.
    case view
  }

  /// What a record isn't permitted.
  public enum PermissionFault: Hashable, Sendable { case redactor, approver }

  /// How items that were made from others break a rule.
  public enum CompanionFault: Hashable, Sendable {
    /// `derived-from` isn't in its form, or its page isn't a number from 1.
    case malformed
    /// `derived-from` names an item that the bundle hasn't.
    case outside(original: Int)
    /// The item was made from itself, or from what was made from it.
    case circle
    /// A part of the item is withheld, and the item that it was made from isn't withheld whole.
    case originalDisclosed(original: Int)
    /// A part of the item is withheld, and nothing is of another companion of the same page.
    case siblingDisclosed(sibling: Int)
    /// A part of a picture of tiles is withheld, and nothing says what it was made from.
    case noOriginal
  }

  /// How the account fails.
  public enum AccountFault: Hashable, Sendable {
    /// A leaf is claimed twice, or the item is cut again after `all`.
    case claimedTwice
    /// The item is withheld, and no record says so.
    case notCut
    /// A record says so, and the item or leaf is disclosed.
    case notWithheld
    /// The withheld header leaves, or content leaves, aren't those that the records claim.
    case header, content
    /// Nothing of the item stays, which is told as `all`.
    case notToldAsAll
    /// No such item or leaf.
    case outside
    /// With this item the records have more cuts than ``Claims/maximumCuts``.
    case tooManyCuts
  }
}
