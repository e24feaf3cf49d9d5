import Merkle

extension View {
  /// Parses `disclosure/view.bin`; only canonical bytes are accepted.
  public init(parsing bytes: some Collection<UInt8>) throws(RedactionError) {
    guard bytes.count <= Self.maximumByteCount else { throw .view(.tooLong(bytes.count)) }
    var parser = ViewParser(bytes: Array(bytes))
    self = try parser.view()
  }
}

/// Reads the preorder of a view.
///
/// The recursion is as deep as the trees: 20 levels of items and 64 of leaves at most, since a
/// split of one leaf is refused.
private struct ViewParser {
  let bytes: [UInt8]
  var offset = 0

  mutating func view() throws(RedactionError) -> View {
    guard bytes.starts(with: View.magic) else { throw .view(.magic) }
    offset = View.magic.count
    let count = UInt32(bigEndian: try take(4))
    guard 1...View.maximumItemCount ~= Int(count) else { throw .view(.itemCount(UInt64(count))) }
    let top = try bundleNode(count: UInt64(count))
    guard offset == bytes.count else { throw .view(.trailingBytes(offset: offset)) }
    return View(top: top, itemCount: Int(count))
  }

  private mutating func take(_ count: Int) throws(RedactionError) -> ArraySlice<UInt8> {
    guard bytes.count - offset >= count else {
      throw .truncated(.view, offset: UInt64(bytes.count))
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  private mutating func kind(atMost last: UInt8) throws(RedactionError) -> UInt8 {
    guard let kind = try take(1).first, kind <= last else {
      throw .view(.nodeKind(offset: offset - 1))
    }
    return kind
  }

  private mutating func seed() throws(RedactionError) -> Seed {
    guard let seed = Seed(bytes: try take(Seed.byteCount)) else {
      preconditionFailure("Redaction: 32 bytes are a seed")
    }
    return seed
  }

  private mutating func hash() throws(RedactionError) -> Hash {
    Hash(digest: Array(try take(Hash.byteCount)))
  }

  private mutating func bundleNode(count: UInt64) throws(RedactionError) -> BundleNode {
    let kind = try kind(atMost: NodeKind.partial)
    switch kind {
    case NodeKind.disclosed: return .disclosed(try seed())
    case NodeKind.withheld: return .withheld(try hash())
    case NodeKind.partial: return .partial(try partialItem(count: count))
    default:
      guard count > 1 else { throw .view(.split(offset: offset)) }
      let half = splitPoint(of: count)
      let left = try bundleNode(count: half)
      let right = try bundleNode(count: count - half)
      switch (left, right) {
      case (.disclosed, .disclosed), (.withheld, .withheld):
        throw .view(.split(offset: offset))
      default: return .split(left, right)
      }
    }
  }

  private mutating func partialItem(count: UInt64) throws(RedactionError) -> BundleNode.PartialItem
  {
    guard count == 1 else { throw .view(.nodeKind(offset: offset - 1)) }
    let shape = try ItemShape(parsing: try take(ItemShape.byteCount))
    let header = try nodeView(count: UInt64(shape.headerCount))
    let content = try nodeView(count: shape.leafCount)
    let item = BundleNode.PartialItem(shape: shape, header: header, content: content)
    guard !item.isUniform else { throw .view(.partial(offset: offset)) }
    return item
  }

  private mutating func nodeView(count: UInt64) throws(RedactionError) -> NodeView {
    let kind = try kind(atMost: NodeKind.withheld)
    switch kind {
    case NodeKind.disclosed: return .disclosed(try seed())
    case NodeKind.withheld: return .withheld(try hash())
    default:
      guard count > 1 else { throw .view(.split(offset: offset)) }
      let half = splitPoint(of: count)
      let left = try nodeView(count: half)
      let right = try nodeView(count: count - half)
      switch (left, right) {
      case (.disclosed, .disclosed), (.withheld, .withheld):
        throw .view(.split(offset: offset))
      default: return .split(left, right)
      }
    }
  }
}
