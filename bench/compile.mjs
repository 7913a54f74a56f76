/** Compiles `programs/NAME.mjs` to FILE: `compile.mjs NAME FILE OPTIONS`, the compiler's options as JSON. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { transform } from "@holdfast/compiler";

const [name, file, options] = process.argv.slice(2);
const source = readFileSync(new URL(`./programs/${name}.mjs`, import.meta.url), "utf8");
const { code } = transform(source, { filename: `bench/programs/${name}.mjs`, ...JSON.parse(options) });
mkdirSync(dirname(file), { recursive: true });
writeFileSync(`${file}.${process.pid}`, code);
renameSync(`${file}.${process.pid}`, file);
