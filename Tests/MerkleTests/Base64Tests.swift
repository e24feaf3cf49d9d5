import Merkle
import Testing

@Suite struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func knownSpellings(plain: String, spelling: String) {
    #expect(Base64.encode(Array(plain.utf8)) == spelling)
    #expect(Base64.decode(spelling.utf8) == Array(plain.utf8))
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Z===", "Zm 9", "Zm9v\n", "Zg==Zg==", "Zm-_",
    "=Zg=",
  ])
  func anythingElseIsRefused(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test func everyAcceptedSpellingIsTheCanonicalOne() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let text = (0..<4).map { _ in "Ag0/+=".utf8.randomElement(using: &random) ?? 0 }
      if let bytes = Base64.decode(text) { #expect(Array(Base64.encode(bytes).utf8) == text) }
    }
  }
}
