// An SMTP server on loopback that keeps what it takes, and puts off whom it is told to.
import { createServer } from "node:net";

export async function startMail() {
  const mails = [];
  const later = new Set(); // recipients that are told to come again
  const server = createServer((socket) => {
    let to = "";
    let text; // of the mail that is under way
    let rest = "";
    const say = (line) => socket.write(`${line}\r\n`);
    const answer = (line) => {
      if (text !== undefined) {
        if (line !== ".") {
          text.push(line.replace(/^\./, ""));
          return;
        }
        mails.push({ to, text: text.join("\n") });
        text = undefined;
        say("250 2.0.0 Ok: kept");
        return;
      }
      const [verb = ""] = line.toUpperCase().split(" ");
      if (verb === "RCPT") {
        to = /<(.*)>/.exec(line)?.[1] ?? "";
        say(
          later.has(to)
            ? "451 4.7.1 greylisted, come again"
            : "250 2.1.5 Recipient ok",
        );
      } else if (verb === "DATA") {
        text = [];
        say("354 End with a dot");
      } else if (verb === "QUIT") {
        say("221 2.0.0 Bye");
        socket.end();
      } else say("250 2.0.0 Ok");
    };
    socket.on("error", () => undefined); // whoever has gone has gone
    socket.on("data", (chunk) => {
      const lines = (rest + chunk).split("\r\n");
      rest = lines.pop() ?? "";
      lines.forEach(answer);
    });
    say("220 mail.example ESMTP");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    mails,
    later,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** What a header says, put together again where it was encoded. */
export function header(mail, name) {
  const head = mail.text.split("\n\n")[0].replaceAll(/\n[ \t]+/g, " ");
  const line = new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1] ?? "";
  return line
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, how, coded) =>
      how.toLowerCase() === "b"
        ? Buffer.from(coded, "base64").toString()
        : Buffer.from(
            coded
              .replaceAll("_", " ")
              .replaceAll(/=([0-9A-F]{2})/gi, (_all, hex) =>
                String.fromCharCode(Number.parseInt(hex, 16)),
              ),
            "latin1",
          ).toString(),
    );
}
