import Evidence
import Testing

@Suite struct ItemNameTests {
  /// To a String, a slash before a combining mark is no slash; to the system it is one.
  @Test(arguments: ["../\u{301}x", "/\u{329}", "..", "a/../b", "/a", "a//b", "", "a\u{0}b", "./a"])
  func aNameThatCouldLeaveItsFolderIsRefused(name: String) {
    #expect(!isItemName(name))
  }

  @Test(arguments: ["a", "a/\u{301}b", "..a", "a\\b", "\u{202E}txt.exe", ".hidden", "a b/c"])
  func whateverElseEvidenceIsCalledIsKept(name: String) {
    #expect(isItemName(name))
    #expect(isItemName(safePath(forName: name)))
  }
}
