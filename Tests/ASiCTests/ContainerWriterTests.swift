import ASiC
import SeededNumbers
import Testing

@Suite struct `a container of ours` {
  @Test func `has the mimetype where file(1) looks for it`() throws {
    let bytes = try written { _ in }
    #expect(bytes[..<4].elementsEqual([0x50, 0x4B, 3, 4]))
    #expect(bytes[30..<38].elementsEqual("mimetype".utf8))
    #expect(bytes[38..<69].elementsEqual("application/vnd.etsi.asic-e+zip".utf8))
    #expect(bytes.suffix(40).elementsEqual("mimetype=application/vnd.etsi.asic-e+zip".utf8))
  }

  @Test func `has the same bytes each time`() throws {
    #expect(try exampleContainer() == exampleContainer())
  }

  @Test func `gives back what was added, in the order of the calls`() throws {
    let reader = try ContainerReader(bytes: exampleContainer())
    #expect(reader.kind == .asicE)
    #expect(
      reader.entries.map(\.name.path) == [
        "mimetype", "seal.txt", "disclosure/view.bin", "items/0001-é.csv", "items/0002.bin",
      ])
    let contents = try reader.entries.map { try reader.bytes(of: $0, limit: 100) }
    #expect(contents[2] == Array("disclosed".utf8))
    #expect(contents[3] == [])
    #expect(contents[4] == [1, 2, 3, 4, 5])
    #expect(reader.entries[4].crc32 == naiveCRC32([1, 2, 3, 4, 5]))
    #expect(try reader.entry(named: EntryName("seal.txt")) == reader.entries[1])
    #expect(try reader.entry(named: EntryName("SEAL.txt")) == nil)
  }

  @Test func `can be ASiC-S`() throws {
    let reader = try ContainerReader(bytes: written(kind: .asicS) { _ in })
    #expect(reader.kind == .asicS)
    #expect(reader.deviations.isEmpty)
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 262_143, 262_144, 262_145, 1_000_003])
  func `takes entries of any size through its buffer`(size: Int) throws {
    var random = SplitMix64(seed: UInt64(size))
    let content = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    let container = try written { writer in
      try writer.reserve(EntryName("reserved"), size: size)
      try writer.addStream(EntryName("streamed"), size: UInt64(size)) { sink in
        for start in stride(from: 0, to: size, by: 70_001) {
          try sink.write(Array(content[start..<min(size, start + 70_001)]))
        }
      }
      try writer.fill(EntryName("reserved"), bytes: content)
    }
    let reader = try ContainerReader(bytes: container)
    #expect(reader.deviations.isEmpty)
    for entry in reader.entries.dropFirst() {
      #expect(try reader.bytes(of: entry, limit: size) == content)
    }
  }

  @Test func `entries can be read side by side in small steps`() throws {
    let reader = try ContainerReader(bytes: exampleContainer())
    let readers = reader.entries.map { reader.open($0) }
    var contents = [[UInt8]](repeating: [], count: readers.count)
    var isMore = true
    while isMore {
      isMore = false
      for (index, reader) in readers.enumerated() {
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { try reader.read(into: $0) }
        if count > 0 {
          contents[index].append(byte)
          isMore = true
        }
      }
    }
    #expect(contents == (try reader.entries.map { try reader.bytes(of: $0, limit: 100) }))
  }

  @Test func `reads from a file too, and a limit is a limit`() throws {
    try withTemporaryFile { file in
      var writer = try ContainerWriter(fileDescriptor: file)
      let name = try EntryName("a")
      try writer.add(name, bytes: [1, 2, 3])
      try writer.finish()
      let reader = try ContainerReader(fileDescriptor: file)
      let entry = try #require(reader.entry(named: name))
      #expect(try reader.bytes(of: entry, limit: 3) == [1, 2, 3])
      #expect(throws: ContainerError.entryTooLarge(name, size: 3, limit: 2)) {
        try reader.bytes(of: entry, limit: 2)
      }
      #expect(throws: ContainerError.outputNotEmpty) {
        _ = try ContainerWriter(fileDescriptor: file)
      }
    }
  }

  @Test func `a ZIP64 field that turns out needless is told`() throws {
    let name = try EntryName("a")
    let container = try written { writer in
      try writer.addStream(name, size: nil, reservingZIP64: true) { try $0.write([1]) }
    }
    let reader = try ContainerReader(bytes: container)
    #expect(reader.deviations.contains(.extraField(name)))
    #expect(try reader.bytes(of: reader.entries[1], limit: 1) == [1])
  }

  @Test func `more than 65,535 entries take ZIP64 end records and are found`() throws {
    let container = try written { writer in
      for number in 0..<70_000 { try writer.add(EntryName("items/\(number)"), bytes: []) }
    }
    let reader = try ContainerReader(bytes: container)
    #expect(reader.deviations.isEmpty)
    #expect(reader.entries.count == 70_001)
    #expect(try reader.entry(named: EntryName("items/69999")) != nil)
    let limits = ContainerLimits(maximumEntries: 70_000)
    #expect(throws: ContainerError.tooManyEntries(70_001, limit: 70_000)) {
      try ContainerReader(bytes: container, limits: limits)
    }
  }
}

@Suite struct `the writer refuses` {
  @Test(arguments: [
    ("a", "a"), ("mimetype", "x"), ("a", "A"), ("é", "e\u{301}"), ("straße", "STRASSE"),
  ])
  func `names that meet`(first: String, second: String) throws {
    #expect(throws: ContainerError.self) {
      try written { writer in
        try writer.add(EntryName(first), bytes: [])
        try writer.add(EntryName(second), bytes: [])
      }
    }
  }

  @Test(arguments: [("a", "a/b"), ("a/b", "a"), ("A/b/c", "a/B")])
  func `a file that is a directory`(first: String, second: String) throws {
    let name = try EntryName(second)
    #expect(throws: ContainerError.fileAndDirectory(name)) {
      try written { writer in
        try writer.add(EntryName(first), bytes: [])
        try writer.add(name, bytes: [])
      }
    }
  }

  @Test func `other sizes than announced or reserved, and empty places`() throws {
    let name = try EntryName("a")
    for count in [2, 4] {
      #expect(throws: ContainerError.announcedSizeMissed(name, announced: 3)) {
        try written { writer in
          try writer.addStream(name, size: 3) { try $0.write([UInt8](repeating: 0, count: count)) }
        }
      }
      #expect(throws: ContainerError.announcedSizeMissed(name, announced: 3)) {
        try written { writer in
          try writer.reserve(name, size: 3)
          try writer.fill(name, bytes: [UInt8](repeating: 0, count: count))
        }
      }
    }
    #expect(throws: ContainerError.unfilledSlot(name)) {
      try written { try $0.reserve(name, size: 3) }
    }
  }
}
