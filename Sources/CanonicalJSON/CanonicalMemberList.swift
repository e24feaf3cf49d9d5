/// Members of an object, written in their RFC 8785 form and in their order, that will stand in one object
/// with others.
///
/// It is for keys that are ASCII; whoever joins lists has checked that, and that no key is in two.
public struct CanonicalMemberList: Hashable, Sendable {
  /// Where `"key":value` begins, where the key ends (without quotes), and where the value does.
  private struct Member: Hashable {
    var start: Int
    var keyEnd: Int
    var end: Int
  }

  /// The object of these members alone.
  public let bytes: [UInt8]
  private let members: [Member]

  /// The members of an object of these fields.
  public init(_ fields: [String: JSON]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    var members: [Member] = []
    members.reserveCapacity(fields.count)
    bytes.append(UInt8(ascii: "{"))
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      if !members.isEmpty { bytes.append(UInt8(ascii: ",")) }
      let start = bytes.count
      JSON.append(key, to: &bytes)
      let keyEnd = bytes.count - 1
      bytes.append(UInt8(ascii: ":"))
      value.append(to: &bytes, indent: nil)
      members.append(Member(start: start, keyEnd: keyEnd, end: bytes.count))
    }
    bytes.append(UInt8(ascii: "}"))
    self.bytes = bytes
    self.members = members
  }

  private init(bytes: [UInt8], members: [Member]) {
    self.bytes = bytes
    self.members = members
  }

  /// The list that has the members of both.
  public func joined(with other: CanonicalMemberList) -> CanonicalMemberList {
    var joint: [Member] = []
    joint.reserveCapacity(members.count + other.members.count)
    let bytes = object(with: other) { list, run, start in
      for member in list.members[run] {
        let shift = start - list.members[run.lowerBound].start
        joint.append(
          Member(
            start: member.start + shift, keyEnd: member.keyEnd + shift, end: member.end + shift))
      }
    }
    return CanonicalMemberList(bytes: bytes, members: joint)
  }

  /// The object that has the members of both lists.
  public func object(with other: CanonicalMemberList) -> [UInt8] {
    object(with: other) { _, _, _ in }
  }

  /// Copies runs of members: what lies together in one list and in the object is one copy.
  ///
  /// `note` gets the list, which of its members were copied, and where in the object they begin.
  private func object(
    with other: CanonicalMemberList, note: (CanonicalMemberList, Range<Int>, Int) -> Void
  ) -> [UInt8] {
    // One pair of braces goes, and at most one comma comes.
    let capacity = bytes.count + other.bytes.count
    return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
      output[0] = UInt8(ascii: "{")
      count = 1
      var (mine, others) = (0, 0)
      while mine < members.count || others < other.members.count {
        let begin = (mine, others)
        while mine < members.count, precedes(mine, other, others) { mine += 1 }
        if mine > begin.0 {
          note(self, begin.0..<mine, copy(begin.0..<mine, to: output, &count))
        }
        while others < other.members.count, other.precedes(others, self, mine) { others += 1 }
        if others > begin.1 {
          note(other, begin.1..<others, other.copy(begin.1..<others, to: output, &count))
        }
        // Equal keys, which the caller has excluded: both stay, and no reader takes the object.
        if (mine, others) == begin {
          _ = copy(mine..<mine + 1, to: output, &count)
          mine += 1
        }
      }
      output[count] = UInt8(ascii: "}")
      count += 1
    }
  }

  /// Whether the key of a member of ours comes before that of another list, which may be at its end.
  private func precedes(_ index: Int, _ other: CanonicalMemberList, _ otherIndex: Int) -> Bool {
    guard otherIndex < other.members.count else { return true }
    let (mine, theirs) = (members[index], other.members[otherIndex])
    let (count, otherCount) = (mine.keyEnd - mine.start, theirs.keyEnd - theirs.start)
    for offset in 1..<min(count, otherCount) {
      let (a, b) = (bytes[mine.start + offset], other.bytes[theirs.start + offset])
      if a != b { return a < b }
    }
    return count < otherCount
  }

  /// Appends members to an object, and returns where they begin there.
  private func copy(
    _ run: Range<Int>, to output: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int
  ) -> Int {
    if count > 1 {
      output[count] = UInt8(ascii: ",")
      count += 1
    }
    let start = count
    let source = members[run.lowerBound].start..<members[run.upperBound - 1].end
    bytes.withUnsafeBufferPointer { bytes in
      count = output[count...].update(fromContentsOf: bytes[source])
    }
    return start
  }
}
