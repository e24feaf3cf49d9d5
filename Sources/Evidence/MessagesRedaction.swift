import Redaction

/// Why a bundle or a step of redaction is refused, for a person who has never read the format.
func describe(_ error: RedactionError) -> String {
  switch error {
  case .signature(let statement):
    "\(statementName(statement)) isn't signed by exactly the key that it names"
  case .terms(.notOfTheSeal): "terms.json is not the one that was sealed"
  case .terms(.member(let key)): "terms.json isn't well-formed: its entry \"\(key)\""
  case .terms(.notCanonical): "terms.json isn't well-formed"
  case .view(let fault): describe(fault)
  case .truncated(.view, let offset): "disclosure/view.bin ends early, at byte \(offset)"
  case .truncated(.leaves, let offset): "its disclosure file ends early, at byte \(offset)"
  case .truncated(.item, let offset): "the file ends early, at byte \(offset)"
  case .shape: "its number of parts is impossible"
  case .leaves(let fault): describe(fault)
  case .header(let fault): describe(fault)
  case .file(let fault): describe(fault)
  case .statement(let fault, let line):
    "line \(line) isn't as a statement is written: \(describe(fault))"
  case .chain(let fault): describe(fault)
  case .permission(.redactor, let sequence):
    "the handling terms don't let the signer of redaction \(sequence) redact"
  case .permission(.approver, let sequence):
    "redaction \(sequence) wasn't approved by a second person, as the handling terms demand"
  case .account(let fault, let item): describe(fault, item)
  case .companions(let fault, let item): describe(fault, item)
  case .locked(let item):
    "item \(item) is withheld, or a part of it, and the handling terms lock it: it must stay"
  case .root: "the content isn't what was sealed"
  }
}

private func statementName(_ number: Int) -> String {
  number == 0 ? "the seal" : "redaction \(number)"
}

private func describe(_ fault: RedactionError.StatementFault) -> String {
  switch fault {
  case .tooLong: "it is longer than one may be"
  case .notText: "it isn't plain text in UTF-8"
  case .missingLine: "it ends early"
  case .trailingLine: "there are lines behind its end"
  case .firstLine: "it isn't of a version that is known"
  case .identifier: "what should be an id isn't one"
  case .number: "what should be a number isn't one"
  case .base64: "what should be base64 isn't that"
  case .time: "what should be a time isn't one"
  case .signer: "the signer isn't told as it should be"
  case .state: "the state of an item isn't one that there is"
  case .role: "the role of a person isn't told as it should be"
  case .cut: "a cut isn't told as it should be"
  case .code: "the code of a reason isn't one"
  case .text: "a text has characters that none may have, or is too long"
  case .cutOrder: "the cuts aren't in their order"
  case .grant: "the grant isn't told as it should be"
  }
}

private func describe(_ fault: RedactionError.ViewFault) -> String {
  switch fault {
  case .itemCount(let count): "disclosure/view.bin speaks of \(count) items, the seal of others"
  case .tooLong(let count):
    "disclosure/view.bin would have \(count) bytes, more than any reader takes"
  case .state(let item): "item \(item) can't be withheld in this way"
  case .magic:
    "disclosure/view.bin, which says what is disclosed, isn't of a version that is known"
  case .nodeKind(let offset), .split(let offset), .partial(let offset):
    "disclosure/view.bin, which says what is disclosed, isn't as it is written, at byte \(offset)"
  case .trailingBytes(let offset):
    "disclosure/view.bin has bytes behind its end, from byte \(offset) on"
  }
}

private func describe(_ fault: RedactionError.LeavesFault) -> String {
  switch fault {
  case .missing: "its disclosure file is missing"
  case .ofWithheldItem: "it is withheld as a whole, yet a file of it is here"
  case .headers, .runs, .shape:
    "its disclosure file shows or hides other parts than disclosure/view.bin says"
  case .tooManyHeaders: "its disclosure file has more header leaves than any reader takes"
  case .magic: "its disclosure file isn't one of a version that is known"
  case .headerIndex(let index):
    "its disclosure file names header leaf \(index), which doesn't exist or is out of order"
  case .varint(let offset), .run(let offset):
    "its disclosure file isn't as it is written, at byte \(offset)"
  case .trailingBytes(let offset):
    "its disclosure file has bytes behind its end, from byte \(offset) on"
  case .count: "its disclosure file speaks of another number of parts or bytes than the item has"
  }
}

private func describe(_ fault: RedactionError.HeaderFault) -> String {
  switch fault {
  case .mediaType: "its media type is withheld, which must stay while anything of the item does"
  case .derived(let key):
    "its header leaf \"\(key)\" is still shown, from which what is withheld could be found by trying"
  case .derivation:
    "what it was made from would be withheld, which must stay while anything of the item does"
  case .key: "a header leaf of it has a name that none may have"
  case .order: "its header leaves aren't in their order"
  }
}

private func describe(_ fault: RedactionError.FileFault) -> String {
  switch fault {
  case .missing: "its file is missing"
  case .withoutContent: "all of its content is withheld, yet a file of it is here"
  case .placeholder(let leaf):
    "something else than the placeholder stands in a withheld place (leaf \(leaf))"
  case .trailingBytes(let offset): "bytes were added behind its end, from byte \(offset) on"
  case .noRendering:
    "a picture can't be withheld in part together with what stands before its tiles"
  case .tile(let leaf): "a part of the picture is withheld, and leaf \(leaf) of it isn't a tile"
  }
}

private func describe(_ fault: RedactionError.ChainFault) -> String {
  switch fault {
  case .afterClosed(let sequence):
    "redaction \(sequence) was added after a redaction that closed the bundle"
  case .seal(let sequence): "redaction \(sequence) was made for another bundle"
  case .previous(let sequence):
    "redaction \(sequence) doesn't follow the one before it: one is missing, added or changed"
  case .sequence(let sequence): "a redaction has number \(sequence), which isn't the next one"
  case .view: "the last redaction speaks of another copy than this one"
  }
}

private func describe(_ fault: RedactionError.AccountFault, _ item: Int) -> String {
  switch fault {
  case .claimedTwice: "the redactions cut the same part of item \(item) twice"
  case .notCut: "item \(item) is withheld, and no redaction accounts for it"
  case .notWithheld: "a redaction says that item \(item) is withheld, and it is shown"
  case .header: "the header leaves withheld of item \(item) aren't those that the redactions tell"
  case .content: "the parts withheld of item \(item) aren't those that the redactions tell"
  case .notToldAsAll: "nothing of item \(item) stays, so it must be withheld as a whole"
  case .outside: "a redaction cuts something that item \(item) doesn't have"
  case .tooManyCuts:
    "the redactions have more than \(Claims.maximumCuts) cuts, which is more than any reader takes"
  }
}

private func describe(_ fault: RedactionError.CompanionFault, _ item: Int) -> String {
  switch fault {
  case .malformed: "it isn't readable from what item \(item) was made"
  case .outside(let original):
    "item \(item) is said to be made from item \(original), which isn't here"
  case .circle: "item \(item) is said to be made from itself, or from what was made from it"
  case .originalDisclosed(let original):
    "a part of item \(item) is withheld, and item \(original), from which it was made, shows it"
  case .siblingDisclosed(let sibling):
    "a part of item \(item) is withheld, and item \(sibling), made from the same page, is shown whole"
  case .noOriginal:
    "a part of picture \(item) is withheld, and what it was made from isn't told"
  }
}
