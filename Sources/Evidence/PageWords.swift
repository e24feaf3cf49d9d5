// The words of a page and where they stand: the companion beside the page's picture
// (Docs/Redaction.md, "Companions"). CSV with the header row
// `page,line,x,y,width,height,text`, LF, a row a word; the numbers are pixels of the picture of the
// same page. `PageWordsTests` proves reader and writer against each other and Python's reader.

import Redaction

/// A word of a page.
public struct PageWord: Hashable, Sendable {
  /// The page, from 1.
  public let page: UInt32
  /// The line on its page, from 1.
  public let line: UInt32
  /// Where it stands in the page's picture.
  public let box: PixelArea
  /// The word, never empty.
  public let text: String

  /// A word.
  public init(page: UInt32, line: UInt32, box: PixelArea, text: String) {
    self.page = page
    self.line = line
    self.box = box
    self.text = text
  }

  /// The header row.
  public static let headerRow = "page,line,x,y,width,height,text\n"

  /// The most words of a page: no page that people read has so many.
  public static let maximumCount = 65_535

  /// Cells of a row.
  static let columns = 7

  /// The word's row with its line end.
  public var row: String {
    let numbers = [page, line, box.x, box.y, box.width, box.height].map(String.init)
    return numbers.joined(separator: ",") + "," + quoted + "\n"
  }

  /// Quoted where RFC 4180 asks for it, and where our cutting would end the cell.
  private var quoted: String {
    let isPlain = text.utf8.allSatisfy { byte in
      ![0x22, 0x2C, 0x0A, 0x0D, 0x3B, 0x09].contains(byte)
    }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
