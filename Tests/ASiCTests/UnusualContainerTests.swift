import ASiC
import Testing

private typealias Member = HandmadeArchive.Member

@Suite struct `archives from elsewhere` {
  @Test func `are read, and told apart from ours`() throws {
    var member = Member.deflated("items/a.txt", "hello")
    member.attributes = 0x81B4_0000
    member.comment = Array("note".utf8)
    let reader = try ContainerReader(bytes: HandmadeArchive(member).bytes)
    let entry = try #require(reader.entries.last)
    #expect(try reader.bytes(of: entry, limit: 5) == Array("hello".utf8))
    #expect(reader.deviations.contains(.deflated(entry.name)))
    #expect(reader.deviations.contains(.attributes(entry.name)))
    #expect(reader.deviations.contains(.entryComment(entry.name)))
    #expect(reader.deviations.contains(.versionMadeBy(entry.name, 20)))
    #expect(reader.deviations.contains(.flags(entry.name, 0)))
  }

  @Test func `may have no comment and directories`() throws {
    var archive = HandmadeArchive(Member("META-INF/"), Member("META-INF/a"))
    archive.comment = []
    let reader = try ContainerReader(bytes: archive.bytes)
    #expect(reader.entries.map(\.name.path) == ["mimetype", "META-INF/a"])
    #expect(reader.deviations.contains(.noComment))
    #expect(try reader.deviations.contains(.directory(EntryName("META-INF"))))
  }

  @Test func `may have another comment`() throws {
    var archive = HandmadeArchive(Member("a", "x"))
    for comment in ["made by hand", "mimetype=text/plain", String(repeating: "x", count: 65_535)] {
      archive.comment = Array(comment.utf8)
      let reader = try ContainerReader(bytes: archive.bytes)
      #expect(reader.kind == .asicE)
      #expect(reader.deviations.contains(.comment))
    }
  }

  @Test func `may have an end whose numbers look like its signature`() throws {
    var archive = HandmadeArchive(Member("a", "x"))
    archive.comment = Array("mimetype=application/vnd.etsi.asic-e+zip".utf8)
    var bytes = archive.bytes
    let end = bytes.count - archive.comment.count - 22
    bytes.replaceSubrange(end + 12..<end + 16, with: little(UInt32(0x0605_4B50)))
    #expect(throws: ContainerError.malformedRecord(offset: UInt64(end))) {
      try ContainerReader(bytes: bytes)
    }
  }

  @Test func `may have deflated directories, if there is nothing in them`() throws {
    var member = Member("META-INF/")
    (member.method, member.data, member.compressedSize) = (8, [3, 0], 2)
    let reader = try ContainerReader(bytes: HandmadeArchive(member, Member("META-INF/a")).bytes)
    #expect(reader.entries.map(\.name.path) == ["mimetype", "META-INF/a"])
    var streamed = member
    (streamed.flags, streamed.localSizes, streamed.localCRC32) = (8, 0, 0)
    streamed.descriptor = little(UInt32(0)) + little(UInt32(2)) + little(UInt32(0))
    _ = try ContainerReader(bytes: HandmadeArchive(streamed).bytes)

    let name = try EntryName("META-INF")
    for (data, crc32) in [([3, 1], 0), ([3, 0, 0], 0), ([3, 0], 1)] as [([UInt8], UInt32)] {
      var wrong = member
      (wrong.data, wrong.compressedSize, wrong.crc32) = (data, UInt32(data.count), crc32)
      #expect(throws: ContainerError.impossibleSize(name)) {
        try ContainerReader(bytes: HandmadeArchive(wrong).bytes)
      }
    }
  }

  @Test func `may have ZIP64 end records that no number needs`() throws {
    let archive = HandmadeArchive(Member("a", "x"))
    var bytes = archive.bytes
    let end = bytes.count - archive.comment.count - 22
    let size = UInt64(bytes[end + 12]) | UInt64(bytes[end + 13]) << 8
    let offset = UInt64(end) - size
    var records = little(UInt32(0x0606_4B50)) + little(UInt64(44)) + little(UInt16(45))
    records += little(UInt16(45)) + little(UInt64(0)) + little(UInt64(2)) + little(UInt64(2))
    records += little(size) + little(offset) + little(UInt32(0x0706_4B50)) + little(UInt32(0))
    records += little(UInt64(end)) + little(UInt32(1))
    bytes.insert(contentsOf: records, at: end)
    let reader = try ContainerReader(bytes: bytes)
    #expect(reader.entries.map(\.name.path) == ["mimetype", "a"])
    #expect(reader.deviations.contains(.endRecord))
    // Whoever reads these records and whoever doesn't have to find the same directory.
    for position in end + 24..<end + 56 {
      var wrong = bytes
      wrong[position] ^= 1
      #expect(throws: ContainerError.self) { try ContainerReader(bytes: wrong) }
    }
  }

  @Test func `may have names in an unknown encoding, which no URI names by accident`() throws {
    var member = Member("x")
    member.name = [0x82, 0x25, 0x61]
    let reader = try ContainerReader(bytes: HandmadeArchive(member).bytes)
    #expect(reader.entries.last?.name.path == "%82%25a")
    #expect(try reader.deviations.contains(.undecodableName(EntryName("%82%25a"))))
    member.flags = 0x0800
    #expect(throws: ContainerError.self) {
      try ContainerReader(bytes: HandmadeArchive(member).bytes)
    }
  }

  @Test(arguments: [true, false], [true, false])
  func `may have data descriptors of four lengths`(isSigned: Bool, isZIP64: Bool) throws {
    var member = Member.deflated("a", "hello")
    member.flags = 8
    member.localSizes = 0
    member.localCRC32 = 0
    if isZIP64 {
      member.localSizes = .max
      member.localExtra = [1, 0, 16, 0] + [UInt8](repeating: 0, count: 16)
    }
    member.descriptor = isSigned ? little(UInt32(0x0807_4B50)) : []
    member.descriptor += little(member.crc32)
    for size in [member.compressedSize, member.size] {
      member.descriptor += isZIP64 ? little(UInt64(size)) : little(size)
    }
    try readAll(HandmadeArchive(member, Member("b")).bytes)
    try readAll(HandmadeArchive(member).bytes)
    for position in member.descriptor.indices {
      var wrong = member
      wrong.descriptor[position] ^= 1
      let name = try EntryName("a")
      #expect(throws: ContainerError.malformedDescriptor(name)) {
        try readAll(HandmadeArchive(wrong).bytes)
      }
      wrong.descriptor.remove(at: position)
      #expect(throws: ContainerError.self) { try readAll(HandmadeArchive(wrong).bytes) }
    }
  }
}
