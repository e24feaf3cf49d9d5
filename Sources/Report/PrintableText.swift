/// Text of the evidence, fit for a terminal or a page: nothing in it moves the cursor, turns the
/// direction of writing, or hides.
///
/// ASCII controls become their pictures (`␊` for a line feed); every other control and format
/// character is written out as `\u{202E}`.
public func printable(_ text: String) -> String {
  guard !text.unicodeScalars.allSatisfy(isPlain) else { return text }
  var shown = ""
  for scalar in text.unicodeScalars {
    if isPlain(scalar) {
      shown.unicodeScalars.append(scalar)
    } else if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
      shown.unicodeScalars.append(picture)
    } else if scalar.value == 0x7F {
      shown += "\u{2421}"
    } else {
      shown += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    }
  }
  return shown
}

private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return 0x20..<0x7F ~= scalar.value }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
  default: return true
  }
}
