internal import Yams

/// The lists of terms at the top of a policy: written there, or in a file beside it.
struct PolicyLists {
  private enum Source {
    case terms([String])
    case file(String)
  }

  private var sources: [(name: String, source: Source)] = []

  init() {}

  init(_ node: Node) throws(PolicyError) {
    guard case .mapping(let mapping) = node, !mapping.isEmpty else {
      throw .badTopValue(key: "lists")
    }
    for (key, value) in mapping {
      guard let name = try PolicyDocument.text(key), !name.isEmpty else {
        throw .badTopValue(key: "lists")
      }
      sources.append((name, try Self.source(value, list: name)))
    }
  }

  /// The files that are wanted, each once.
  var files: [String] {
    var names: [String] = []
    for case (_, .file(let name)) in sources where !names.contains(name) { names.append(name) }
    return names
  }

  /// The terms of each list.
  func resolved(_ files: [String: [UInt8]]) throws(PolicyError) -> [String: [String]] {
    var lists: [String: [String]] = [:]
    var count = 0
    for (name, source) in sources {
      let terms: [String]
      switch source {
      case .terms(let list): terms = list
      case .file(let file):
        guard let bytes = files[file] else { throw .listFileMissing(file) }
        terms = try Self.terms(inFile: bytes, named: file)
      }
      guard !terms.isEmpty, terms.allSatisfy(isTerm) else { throw .badList(name) }
      count += terms.count
      guard count <= Policy.maximumTermCount else {
        throw .tooManyTerms(limit: Policy.maximumTermCount)
      }
      lists[name] = terms
    }
    return lists
  }

  private static func source(_ node: Node, list: String) throws(PolicyError) -> Source {
    switch node {
    case .sequence(let nodes):
      var terms: [String] = []
      for node in nodes {
        guard let term = try PolicyDocument.text(node) else { throw .badList(list) }
        terms.append(term)
      }
      return .terms(terms)
    case .mapping(let mapping):
      guard mapping.count == 1, let (key, value) = mapping.first else { throw .badList(list) }
      let name = try PolicyDocument.text(key) ?? ""
      guard name == "file" else { throw .unknownKey("lists.\(list).\(name)", rule: nil) }
      guard let file = try PolicyDocument.text(value), !file.isEmpty else { throw .badList(list) }
      guard isInside(file) else { throw .unsafeListFile(file) }
      return .file(file)
    default: throw .badList(list)
    }
  }

  /// Whether a path stays in the folder that it begins in: who writes a policy doesn't choose which
  /// of the reader's other files are opened.
  private static func isInside(_ path: String) -> Bool {
    let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !path.utf8.contains(0)
      && components.allSatisfy { !$0.isEmpty && !$0.elementsEqual("..".utf8) }
  }

  /// A term in each line; what begins with `#` and empty lines are none.
  private static func terms(
    inFile bytes: [UInt8], named file: String
  ) throws(PolicyError) -> [String] {
    guard bytes.count <= Policy.maximumListByteCount,
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .badListFile(file) }
    var terms: [String] = []
    for line in text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }) {
      var rest = line.drop { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
      while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
      if let first = rest.first, first != "#" { terms.append(String(rest)) }
    }
    return terms
  }
}

/// Whether a text has something to look for: a letter, mark or number.
func isTerm(_ text: String) -> Bool { !TermWords(text).words.isEmpty }
