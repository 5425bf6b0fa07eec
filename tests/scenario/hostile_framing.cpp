// Where does a body end? Requests that two programs in a row could cut differently: RFC 9112 sections 6 and 11.2.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

const std::string kEmptyChunks = "0\r\n\r\n";

void two_framings(std::vector<HostileCase>& cases) {
  const auto post = [&](std::string name, const std::string& fields) {
    cases.push_back(refused(std::move(name), post_with(fields, kEmptyChunks + kSecond)));
  };
  post("Content-Length before Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
  post("Transfer-Encoding before Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n");
  post("Content-Length 0 with Transfer-Encoding", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n");
  post("Content-Length over all with Transfer-Encoding", "Transfer-Encoding: chunked\r\nContent-Length: 60\r\n");
  post("bad Content-Length with Transfer-Encoding", "Transfer-Encoding: chunked\r\nContent-Length: x\r\n");
  post("Content-Length with an unknown Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n");
  post("empty Transfer-Encoding with Content-Length", "Transfer-Encoding:\r\nContent-Length: 5\r\n");
  post("Transfer-Encoding after a bare LF", "Content-Length: 5\nTransfer-Encoding: chunked\r\n");
  post("Transfer-Encoding after a bare CR", "Content-Length: 5\rTransfer-Encoding: chunked\r\n");
  post("Transfer-Encoding in a folded line", "Content-Length: 5\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n");
  post("Transfer-Encoding folded after its name", "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n");
  post("Content-Length folded", "Content-Length:\r\n\t5\r\n");
  post("blank before the colon of Content-Length", "Content-Length : 5\r\n");
  post("blank before the colon of Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n");
  post("tab before the colon of Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding\t: chunked\r\n");
  post("vertical tab in the name Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding\v: chunked\r\n");
  post("NUL in the name Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding\0: chunked\r\n"s);
  post("blank before the name Transfer-Encoding", " Transfer-Encoding: chunked\r\nContent-Length: 5\r\n");
  post("quotes around the name Transfer-Encoding", "Content-Length: 5\r\n\"Transfer-Encoding\": chunked\r\n");
}

void lengths(std::vector<HostileCase>& cases) {
  const auto post = [&](const std::string& value) {
    cases.push_back(
        refused("Content-Length: " + value, post_with("Content-Length: " + value + "\r\n", kSecond), {400, 413}));
  };
  for (const char* value : {"+5",
                            "-5",
                            "-0",
                            "0x5",
                            "0X5",
                            "5a",
                            "a",
                            "5 5",
                            "5,5",
                            "5, 5",
                            "5;5",
                            "5.0",
                            "1e1",
                            "\"5\"",
                            "'5'",
                            "5\v",
                            "\f5",
                            "5\x1f",
                            "9223372036854775808",
                            "18446744073709551615",
                            "18446744073709551616",
                            "18446744073709551621",
                            "4294967301x",
                            "\xd9\xa5",
                            "00000000000000000000000000000000000000099999999999999999999",
                            "0,0",
                            ",5",
                            "5,"})
    post(value);
  cases.push_back(refused("empty Content-Length", post_with("Content-Length:\r\n", kSecond)));
  cases.push_back(refused("blank Content-Length", post_with("Content-Length:  \t \r\n", kSecond)));
  cases.push_back(refused("NUL in Content-Length", post_with("Content-Length: 5\0 \r\n"s, kSecond)));
  const auto twice = [&](std::string name, std::string_view first, std::string_view second) {
    cases.push_back(refused(std::move(name),
                            post_with(std::string(first) + "\r\n" + std::string(second) + "\r\n", "hello" + kSecond)));
  };
  twice("two Content-Length that agree", "Content-Length: 5", "Content-Length: 5");
  twice("two Content-Length that differ", "Content-Length: 5", "Content-Length: 0");
  twice("two Content-Length in different case", "content-length: 0", "CONTENT-LENGTH: 5");
  twice("two Content-Length far apart", "Content-Length: 5\r\nX-A: b\r\nX-C: d", "Content-Length: 6");
  cases.push_back(
      refused("a body of 4 GiB announced", post_with("Content-Length: 4294967296\r\n", kSecond), {400, 413}));
  cases.push_back(refused("the largest length there is", post_with("Content-Length: 9223372036854775807\r\n", kSecond),
                          {400, 413}));
}

void encodings(std::vector<HostileCase>& cases) {
  const auto post = [&](const std::string& value) {
    cases.push_back(refused("Transfer-Encoding: " + value,
                            post_with("Transfer-Encoding: " + value + "\r\n", kEmptyChunks + kSecond), {400, 501}));
  };
  for (const char* value : {"xchunked",
                            "chunkedx",
                            "identity",
                            "gzip",
                            "gzip, chunked",
                            "chunked, gzip",
                            "chunked, identity",
                            "identity, chunked",
                            "chunked, chunked",
                            "chunked;q=1",
                            "chunked,",
                            ", chunked",
                            "\"chunked\"",
                            "chunked\v",
                            "\vchunked",
                            "chun\x01ked",
                            "chunked\x7f",
                            "\xef\xbb\xbf"
                            "chunked",
                            "cow",
                            "ch unked",
                            "chunk\xc3\xa9"
                            "d",
                            "trailers"})
    post(value);
  const auto fields = [&](std::string name, const std::string& lines) {
    cases.push_back(refused(std::move(name), post_with(lines, kEmptyChunks + kSecond), {400, 501}));
  };
  fields("empty Transfer-Encoding", "Transfer-Encoding:\r\n");
  fields("NUL after chunked", "Transfer-Encoding: chunked\0\r\n"s);
  fields("bare CR after chunked", "Transfer-Encoding: chunked\r \r\n");
  fields("two Transfer-Encoding", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n");
  fields("Transfer-Encoding identity, then chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n");
  fields("Transfer-Encoding chunked, then a cow", "Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n");
  cases.push_back(refused("Transfer-Encoding in HTTP/1.0",
                          "POST / HTTP/1.0\r\nHost: larder.test\r\nConnection: keep-alive\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n" +
                              kEmptyChunks + kSecond));
  cases.push_back(refused("Transfer-Encoding of a GET beside Content-Length",
                          get_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", kEmptyChunks + kSecond)));
}

// What is right must go on working, or "400 to everything" would pass.
void honest(std::vector<HostileCase>& cases) {
  const std::string length = std::to_string(kSecond.size());
  cases.push_back(both("two requests in one go", get_with("") + kSecond));
  cases.push_back(
      both("Content-Length with zeros before it", post_with("Content-Length: 0005\r\n", "hello" + kSecond)));
  cases.push_back(both("Content-Length 0", post_with("Content-Length: 0\r\n", kSecond)));
  cases.push_back(both("CHUNKED in capitals", post_with("Transfer-Encoding: CHUNKED\r\n", kEmptyChunks + kSecond)));
  cases.push_back(
      both("underscores make another field", post_with("Content_Length: 60\r\nContent-Length: 0\r\n", kSecond)));
  cases.push_back(both("Transfer_Encoding is another field",
                       post_with("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", kEmptyChunks + kSecond)));
  HostileCase body =
      answered("a request in the body of a POST", post_with("Content-Length: " + length + "\r\n", kSecond), {200});
  cases.push_back(body);
  body = refused("a request in the body of a GET", get_with("Content-Length: " + length + "\r\n", kSecond),
                 {200, 400, 413});
  cases.push_back(body);
  cases.push_back(answered("Connection: close, then a request", get_with("Connection: close\r\n", kSecond), {200}));
  cases.push_back(
      answered("HTTP/1.0 closes, whatever follows", "GET / HTTP/1.0\r\nHost: larder.test\r\n\r\n" + kSecond, {200}));
  cases.push_back(refused("an expectation that nobody meets",
                          post_with("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello" + kSecond), {417}));
  cases.push_back(refused("a refused method does not leave its body behind",
                          "BREW / HTTP/1.1\r\nHost: larder.test\r\nContent-Length: 0\r\n\r\n" + kSecond, {400, 501}));
  HostileCase upgrade =
      answered("an upgrade to HTTP/2 in the clear",
               get_with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + kSecond),
               {200, 400, 501, 505});
  upgrade.answers = 2;
  cases.push_back(upgrade);
}

}  // namespace

std::vector<HostileCase> hostile_framing() {
  std::vector<HostileCase> cases;
  two_framings(cases);
  lengths(cases);
  encodings(cases);
  honest(cases);
  return cases;
}

}  // namespace larder::testing
