import Evidence
import Testing

/// Dates and devices; as in ``DetectTests``, what should be found stands between `<` and `>`.
struct DetectDateTests {
  @Test(arguments: [
    "on <1951-03-17>.", "<1951/03/17>", "<1951.3.17>", "<1951-03-17>T09:00:00Z", "<17.3.1951>",
    "<17. 3. 1951>", "<3/17/1951>", "<17/03/1951>", "<17-03-1951>", "<17 March 1951>",
    "<17th of March, 1951>", "<March 17, 1951>", "<Mar 17th 1951>", "<17 de março de 1951>",
    "<17. maaliskuuta 1951>", "<1er mars 1951>", "<17 décembre 1951>", "<17. März 1951>",
    "<17 de marzo de 1951>", "[<24/Feb/2026>:09:02:23", "<17 MARS 1951>", "<17-Mar-1951>",
    "生于<1951年3月17日>", "<1951년 3월 17일>", "<17\u{A0}mars\u{A0}1951>", "<1.2.2026>-<3.2.2026>",
    "IMG_<1951-03-17>_x", "<17 fe\u{301}vrier 1951>", "x,<1951-03-17>,1111", "<29 Feb 1951>",
    "1951-13-17", "17.13.51", "32.1.1951", "1951-03", "March 1951", "17.3.51", "19510317",
    "1.2.3.1951", "v1951-03-17", "1951-03-17b", "31/4/1951", "1951-3-17.5", "17 x 1951",
    "17..3.1951",
    "17.3-1951", "3000-01-01", "1799-01-01", "17 marsch 1951", "192.0.2.1", "10/12",
    "17 of 1951", "12:30:1951", "17031951", "mars 1951 17", "1951-003-17", "17.3.19510",
  ])
  func dates(text: String) throws { try DetectTests().check(.date, text) }

  @Test(arguments: [
    "born <17.3.1951>", "DOB: <1951-03-17>, issued 2020-01-01", "Date of birth\n<17 March 1951>",
    "nascida a <17 de março de 1951>", "Data de nascimento: <17/03/51>", "syntynyt <17.3.1951>",
    "Syntymäaika <17. maaliskuuta 1951>", "né le <17 mars 1951>", "Née <17/3/1951>",
    "geboren am <17.3.1951>", "Geburtsdatum: <17.03.51>", "geb. <17.3.51>", "nacido el <17-3-1951>",
    "fecha de nacimiento <19510317>", "\"birth_date\":\"<1951-03-17>\"", "D.O.B. <170351>",
    "<1951-03-17> (date of birth)", "Дата рождения: <17.03.1951>", "родилась <17.3.1951>",
    "出生日期：<1951年3月17日>", "생년월일 <1951-03-17>", "dateOfBirth=<1951-03-17>", "s. <17.3.1951>",
    "*<17.3.1951>", "ne le <17 mars 1951>", "BORN ON <MARCH 17, 1951>", "b. <17 03 1951>",
    "{\"ordered\":\"2026-03-03\",\"born\":\"<1951-03-17>\"}", "n\u{65}\u{301} <17.3.1951>",
    "on 17.3.1951", "ordered 2026-03-03", "born in 1951", "<2026-03-03> born <17.3.1951>",
    "DOB: unknown. The complaint is of a much later time, and it came to us on 17.3.1951",
    "stubborn 17.3.1951",
    "reborn 17.3.1951", "airborne 17.3.1951", "il ne vit 17.3.1951", "genre 17.3.1951",
    "nac123456", "born 31.2", "dobro 17.3.1951", "Borneo 2026-03-03", "1951-03-17\nborn:",
    "synthesis 17.3.1951", "geber 17.3.1951", "ps. 17.3.1951", "* 17.3.1951", "knee 17.3.1951",
    "2026-03-03,\"dob\":", "nascent 17.3.1951", "b 17.3.1951",
  ])
  func datesOfBirth(text: String) throws { try DetectTests().check(.dateOfBirth, text) }

  @Test(arguments: [
    "birth_date", "dob", "DOB", "Date of birth", "dateOfBirth", "dataNasc", "Data de nascimento",
    "Syntymäaika", "syntymaaika", "geburtsdatum", "né(e) le", "fecha_nacimiento", "naissance",
    "дата рождения", "出生日期", "geb.", "birthday", "D.O.B.", "född", "bday",
  ])
  func namesThatSayBirth(name: String) {
    #expect(isBirthName(name))
    #expect(Detector.dateOfBirth.isNamed(name))
  }

  @Test(arguments: [
    "date", "order_date", "reborn", "name", "dobro", "ne", "data",
    "synthetic", "address", "age", "nato", "genre", "", "first_seen",
    "amount_eur", "gebiet", "nacl", "due date", "день", "日期", "nearest",
  ])
  func namesThatDoNot(name: String) { #expect(!isBirthName(name)) }

  @Test func everyDateOfANamedValueCounts() {
    var found: [Range<Int>] = []
    Array("17.3.51 or 510318".utf8).withUnsafeBufferPointer { bytes in
      Detector.dateOfBirth.find(inNamed: bytes) { found.append($0) }
    }
    #expect(found == [0..<7, 11..<17])
  }

  @Test(arguments: [
    "<de:ad:be:ef:00:11>", "mac=<DE-AD-BE-EF-00-11>;", "<dead.beef.0011>", "(<00:11:22:33:44:55>)",
    "<00:11:22:33:44:55:66:77>", "<0011.2233.4455.6677>", "адрес <00:11:22:33:44:55>",
    "<ff-ff-ff-ff-ff-ff>.",
    "网卡<00:11:22:33:44:55>", "wlan0 <02:00:00:00:00:01> up", "\"<aA:bB:cC:dD:eE:fF>\"",
    "<00:11:22:33:44:55>\n<00:11:22:33:44:66>", "[<00-11-22-33-44-55>]", "x:<00:11:22:33:44:55>",
    "<00:11:22:33:44:55>, ok", "bssid <10:20:30:40:50:60>", "<1a2b.3c4d.5e6f>/24",
    "<00:00:5e:00:53:01> é",
    "<00-11-22-33-44-55>;de", "de:00-11-22-33-44-55", "<00:11:22:33:44:55>%",
    "00:11:22:33:44", "00:11:22:33:44:5", "00:11:22:33:44:55:66", "g0:11:22:33:44:55",
    "00:11-22:33:44:55",
    "a00:11:22:33:44:55", "00:11:22:33:44:5g", "12:34:56", "2001:db8::1", "00.11.22.33.44.55",
    "001122334455", "dead.beef", "dead.beef.001", "00 11 22 33 44 55", "0:1:2:3:4:5", "de-ad-be-ef",
    "00:11:22:33:44:55:66:77:88", "dead:beef:0011", "00--11-22-33-44-55", "1.2.3.4",
  ])
  func hardwareAddresses(text: String) throws { try DetectTests().check(.mac, text) }

  @Test(arguments: [
    "IMEI <490154203237518>", "<35-209900-176148-1>", "imei:<352099001761481>,",
    "<35 209900 176148 1>",
    "\"<490154203237518>\"", "ИМЕЙ <490154203237518>", "<352099-00-176148-1>",
    "串号<490154203237518>", "<35209900-176148-1>", "(<490154203237518>)", "<490154203237518>\n",
    "a=<490154203237518>;", "<352099001761481> <490154203237518>", "x,<352099001761481>,y",
    "é<352099001761481>é",
    "<010000000000008>", "no <352099001761481>", "[<352099001761481>]",
    "<490154203237518>/01", "<490154203237518>-",
    "490154203237519", "4901542032375180", "x490154203237518", "490154203237518x",
    "35-20990-0176148-1",
    "110000000000009", "0.490154203237518", "490154203237518.5", "49015420323751",
    "123456789012345", "35-209900-176148", "35-209900-176148-2", "999", "20", "490 154 203 237 518",
    "490154203237518490154203237518", "4111111111111111", "49-015420-323751-9",
    "35.209900.176148.1", "IMEI",
  ])
  func phoneIdentities(text: String) throws { try DetectTests().check(.imei, text) }
}
