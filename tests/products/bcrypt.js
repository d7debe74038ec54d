// Node's bcrypt, the native one that most products there use.

const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");

const bcrypt = createRequire(`${process.argv[2]}/`)("bcrypt");
const ROUNDS = 12;

const questions = {
  make_hash: ({ password }) => bcrypt.hash(password, ROUNDS),
  check_hash: async ({ password, stored }) => [
    await bcrypt.compare(password, stored),
    bcrypt.getRounds(stored) !== ROUNDS,
  ],
};

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let told;
    try {
      told = { answer: await questions[asked.ask](asked) };
    } catch (error) {
      told = { broken: String(error) };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
})();
