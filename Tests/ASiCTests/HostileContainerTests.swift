import ASiC
import Testing

private typealias Member = HandmadeArchive.Member

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
