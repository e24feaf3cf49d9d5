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

@Suite struct `the reader refuses` {
  @Test func `what is no archive, or a part of one`() throws {
    let container = try exampleContainer()
    expect(.notAnArchive, [])
    expect(.notAnArchive, Array(repeating: 0x41, count: 100))
    expect(.truncated(offset: 50), Array(container[..<50]))
    expect(.truncated(offset: UInt64(container.count - 1)), container.dropLast())
    expect(.dataAfterArchive(offset: UInt64(container.count)), container + [0])
  }

  @Test func `bytes before, between and after`() throws {
    var archive = HandmadeArchive(Member("a", "x"))
    archive.prefix = [0]
    expect(.dataBeforeArchive, archive.bytes)
    archive.members[0].offsetError = -1
    archive.members[1].offsetError = -1
    expect(.malformedRecord(offset: 0), archive.bytes)
    archive = HandmadeArchive(Member("a", "x"))
    archive.beforeDirectory = [0]
    expect(.gap(offset: 101), archive.bytes)
    archive = HandmadeArchive(Member("a", "x"))
    archive.members[0].descriptor = [0]
    expect(.gap(offset: 69), archive.bytes)
    archive.members[0].descriptor = []
    archive.members[1].offsetError = -30
    expect(.overlap(offset: 39), archive.bytes)
    archive.members[1].offsetError = 0
    archive.comment = Array("hello".utf8) + little(UInt32(0x0605_4B50))
    archive.comment += [UInt8](repeating: 0, count: 9)
    expect(.unexpectedComment, archive.bytes)
    archive.comment += [UInt8](repeating: 0, count: 9)
    expect(.gap(offset: 0), archive.bytes)
    archive.comment = Array("mimetype=application/vnd.etsi.asic-s+zip".utf8)
    expect(.unexpectedComment, archive.bytes)
  }

  @Test func `a directory that isn't all there is`() {
    var archive = HandmadeArchive(Member("a", "x"))
    archive.count = 1
    expect(.gap(offset: 155), archive.bytes)
    archive.count = 3
    expect(.truncated(offset: 202), archive.bytes)
    archive.count = nil
    archive.disk = 1
    expect(.multipleDisks, archive.bytes)
  }

  @Test func `mimetypes that aren't first, plain and known`() throws {
    var archive = HandmadeArchive(Member("a", "x"))
    archive.members.swapAt(0, 1)
    expect(.mimetypeNotFirst, archive.bytes)
    archive.members = [.deflated("mimetype", "application/vnd.etsi.asic-e+zip")]
    expect(.mimetypeNotPlain, archive.bytes)
    archive.members = [Member("mimetype", "application/vnd.etsi.asic-e+zip")]
    archive.members[0].localExtra = [0xFE, 0xCA, 0, 0]
    expect(.mimetypeNotPlain, archive.bytes)
    archive.members = [Member("mimetype", "application/vnd.etsi.asic-e+zip\n")]
    expect(.unknownMediaType, archive.bytes)
    archive.members = [Member("mimetype", "application/vnd.etsi.asic-x+zip")]
    expect(.unknownMediaType, archive.bytes)
    archive.members = []
    expect(.mimetypeNotFirst, archive.bytes)
  }

  @Test(arguments: ["../a", "/a", "a\\b", "a//b", "..", "a/../b", "C:/a", "a\0b"])
  func `unsafe names`(name: String) {
    expect(.unsafeName(name), HandmadeArchive(Member(name)).bytes)
  }

  @Test func `names that meet`() throws {
    for (first, second) in [("a", "a"), ("a", "A"), ("é", "e\u{301}"), ("ß", "SS")] {
      expect(
        .duplicateName(try EntryName(first)),
        HandmadeArchive(Member(first), Member(second)).bytes)
    }
    for (first, second) in [("a", "a/b"), ("a/b", "a"), ("a", "a/"), ("a/", "a")] {
      let name = second.hasSuffix("/") ? String(second.dropLast()) : second
      expect(
        .fileAndDirectory(try EntryName(name)),
        HandmadeArchive(Member(first), Member(second)).bytes)
    }
    expect(
      .duplicateName(try EntryName("a")), HandmadeArchive(Member("a/"), Member("a/")).bytes)
  }

  @Test func `two headers that say different things`() throws {
    let name = try EntryName("a")
    let changes: [(HeaderField, (inout Member) -> Void)] = [
      (.name, { $0.localName = Array("b".utf8) }),
      (.name, { $0.localName = Array("aa".utf8) }),
      (.checksum, { $0.localCRC32 = 0 }),
      (.sizes, { $0.localSizes = 0 }),
    ]
    for (field, change) in changes {
      var member = Member("a", "x")
      change(&member)
      expect(.headersDiffer(name, field), HandmadeArchive(member).bytes)
    }
  }

  @Test func `things that are no files`() throws {
    let name = try EntryName("a")
    for attributes in [0xA1FF_0000, 0x2000_0000, 0x4000_0000, 0x10, 0x08] as [UInt32] {
      var member = Member("a")
      member.attributes = attributes
      expect(.notAFile(name), HandmadeArchive(member).bytes)
    }
    expect(.impossibleSize(name), HandmadeArchive(Member("a/", "x")).bytes)
  }

  @Test func `encryption, other methods, descriptors after stored data`() throws {
    let name = try EntryName("a")
    var member = Member("a")
    for flags in [1, 1 << 6, 1 << 13] as [UInt16] {
      member.flags = flags
      expect(.encrypted(name), HandmadeArchive(member).bytes)
    }
    for flags in [8, 1 << 5, 2, 1 << 15] as [UInt16] {
      member.flags = flags
      expect(.unsupportedFeature(name, flags: flags, version: 20), HandmadeArchive(member).bytes)
    }
    member.flags = 0
    for method in [1, 9, 12, 14, 93, 99] as [UInt16] {
      member.method = method
      expect(.unsupportedMethod(name, method), HandmadeArchive(member).bytes)
    }
    member.method = 0
    member.size = 1
    expect(.impossibleSize(name), HandmadeArchive(member).bytes)
  }

  @Test func `extra fields that don't parse, or name the entry again`() throws {
    for extra in [
      [1], [1, 2, 3, 4], [1, 0, 0, 0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0x75, 0x70, 0, 0],
    ]
      as [[UInt8]]
    {
      var member = Member("a")
      member.localExtra = extra
      expect(.malformedExtraField(try EntryName("a")), HandmadeArchive(member).bytes)
      member.localExtra = []
      member.centralExtra = extra
      expect(.malformedExtraField(try EntryName("a")), HandmadeArchive(member).bytes)
    }
  }

  @Test func `more than the limits`() throws {
    var member = Member.deflated("a", "hello")
    member.size = 2 << 20
    expect(.suspiciousRatio(try EntryName("a")), HandmadeArchive(member).bytes)
    let container = HandmadeArchive(Member("a", "hello")).bytes
    #expect(throws: ContainerError.contentTooLarge(limit: 35)) {
      try ContainerReader(bytes: container, limits: ContainerLimits(maximumTotalSize: 35))
    }
    #expect(throws: ContainerError.directoryTooLarge(101, limit: 100)) {
      try ContainerReader(bytes: container, limits: ContainerLimits(maximumDirectorySize: 100))
    }
  }

  @Test func `content with another checksum, size or end`() throws {
    let name = try EntryName("a")
    var member = Member("a", "hello")
    member.data[0] ^= 1
    expect(.checksumMismatch(name), HandmadeArchive(member).bytes)
    for size in [4, 6] as [UInt32] {
      member = .deflated("a", "hello")
      member.size = size
      expect(.corruptData(name), HandmadeArchive(member).bytes)
    }
    member = .deflated("a", "hello")
    member.data.append(0)
    member.compressedSize += 1
    expect(.corruptData(name), HandmadeArchive(member).bytes)
    member = .deflated("a", "hello")
    member.data[0] = 7  // a block of a type that doesn't exist
    expect(.corruptData(name), HandmadeArchive(member).bytes)
    member = .deflated("a", "hello")
    member.data[0] = 0  // not the last block
    expect(.corruptData(name), HandmadeArchive(member).bytes)
  }

  private func expect(
    _ error: ContainerError, _ bytes: [UInt8], at location: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: location) { try readAll(bytes) }
  }
}
