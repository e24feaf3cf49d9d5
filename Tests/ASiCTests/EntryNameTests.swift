import ASiC
import Testing

@Suite struct `entry names` {
  @Test(arguments: [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/.", "a\\b", "\\a",
    "a\0", "a\nb", "\u{7F}", "a\u{85}", "C:", "c:/a",
    String(repeating: "a", count: 256), String(repeating: "a/", count: 2048) + "a",
  ])
  func `that leave the container or can't be stored`(path: String) {
    #expect(throws: ContainerError.unsafeName(path)) { try EntryName(path) }
  }

  @Test(arguments: [
    "a", "a/b", "...", ".hidden", "a b", "é/日本語", "items/a:b", String(repeating: "a", count: 255),
  ])
  func `that are fine`(path: String) throws {
    #expect(try EntryName(path).path == path)
  }

  @Test func `are equal by bytes`() throws {
    #expect("é" == "e\u{301}")
    #expect(try EntryName("é") != EntryName("e\u{301}"))
    #expect(try Set([EntryName("é"), EntryName("e\u{301}")]).count == 2)
  }
}
