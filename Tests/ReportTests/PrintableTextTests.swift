import Evidence
import Report
import Testing

struct PrintableTextTests {
  @Test func controlsAreShownAndNothingElseChanges() {
    #expect(printable("Ana Ção 王 😀") == "Ana Ção 王 😀")
    #expect(printable("a\nb\u{1B}[31m\u{7F}") == "a␊b␛[31m␡")
    #expect(printable("\u{202E}x\u{2028}\u{85}\u{FEFF}") == "\\u{202E}x\\u{2028}\\u{85}\\u{FEFF}")
  }

  @Test func whatIsPrintableStaysSo() {
    let text = printable("\u{0}\u{200F}é\u{301}")
    #expect(printable(text) == text)
  }

  @Test func countsAreInGoodEnglish() {
    #expect([0, 1, 2].map { counted($0, "item") } == ["0 items", "1 item", "2 items"])
    #expect(counted(2, "item is", "items are") == "2 items are")
  }
}
