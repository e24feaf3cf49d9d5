/// Members of an object, written in their RFC 8785 form and in their order, that will stand in one object
/// with others.
///
/// It is for keys that are ASCII; whoever joins lists has checked that, and that no key is in two.
public struct CanonicalMemberList: Hashable, Sendable {
  private struct Member: Hashable {
    var key: String
    /// `"key":value`.
    var bytes: [UInt8]
  }

  private let members: [Member]

  /// The members of an object of these fields.
  public init(_ fields: [String: JSON]) {
    members = fields.sorted { $0.key < $1.key }.map { key, value in
      Member(
        key: key,
        bytes: JSON.string(key).canonicalBytes + [UInt8(ascii: ":")] + value.canonicalBytes)
    }
  }

  /// The object that has the members of all lists.
  public static func object(_ lists: CanonicalMemberList...) -> [UInt8] {
    var rests = lists.map { $0.members[...] }
    var bytes = [UInt8(ascii: "{")]
    bytes.reserveCapacity(1024)
    while let (list, member) = first(of: rests) {
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: member.bytes)
      rests[list].removeFirst()
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// The smallest first member, and the list that it is in: there are three or four lists.
  private static func first(of rests: [ArraySlice<Member>]) -> (list: Int, member: Member)? {
    var best: (list: Int, member: Member)?
    for (list, rest) in rests.enumerated() {
      guard let member = rest.first else { continue }
      if let known = best, known.member.key < member.key { continue }
      best = (list, member)
    }
    return best
  }
}
