import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RespProtocolError } from "./errors.ts";
import { asText, encodeCommand, RespFailure, RespPush, type RespValue } from "./resp.ts";
import { type RespLimits, RespParser } from "./resp-parser.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All values in these bytes, which come in pieces of these sizes; the last value may be an error. */
function parse(whole: Uint8Array, sizes: readonly number[] = [whole.length], limits?: RespLimits): unknown[] {
	const parser = new RespParser(limits);
	const values: unknown[] = [];
	try {
		for (let start = 0, turn = 0; start < whole.length; turn++) {
			const size = Math.max(sizes[turn % sizes.length] ?? 1, 1);
			const chunk = whole.slice(start, start + size);
			parser.push(chunk);
			// The array is the caller's again.
			chunk.fill(0);
			start += size;
			for (let value = parser.next(); value !== undefined; value = parser.next()) values.push(value);
		}
	} catch (error) {
		values.push(error);
	}
	return values;
}

/** As a server writes it. */
function write(value: RespValue): string {
	if (value === null) return "_\r\n";
	if (typeof value === "boolean") return `#${value ? "t" : "f"}\r\n`;
	if (typeof value === "number") return Number.isSafeInteger(value) ? `:${value}\r\n` : `,${double(value)}\r\n`;
	if (typeof value === "bigint") return `(${value}\r\n`;
	if (typeof value === "string") return `+${value}\r\n`;
	if (value instanceof RespFailure) return `-${value.text}\r\n`;
	if (value instanceof RespPush) return `>${value.values.length}\r\n${value.values.map(write).join("")}`;
	if (value instanceof Uint8Array) return `$${value.length}\r\n${new TextDecoder("latin1").decode(value)}\r\n`;
	if (value instanceof Map)
		return `%${value.size}\r\n${[...value].map(([key, item]) => write(key) + write(item)).join("")}`;
	const values = value as readonly RespValue[];
	return `*${values.length}\r\n${values.map(write).join("")}`;
}

function double(value: number): string {
	return Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf");
}

/** Bytes 0 to 255 as they are. */
const raw = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const line = fc.string({ unit: fc.constantFrom(..."abc :$*-+\t") });
const value: fc.Arbitrary<RespValue> = fc.letrec<{ value: RespValue }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4 },
		fc.constant(null),
		fc.boolean(),
		fc.maxSafeInteger(),
		fc.double().filter((number) => !Number.isSafeInteger(number)),
		fc.bigInt(),
		line,
		line.map((text) => new RespFailure(text)),
		fc.uint8Array({ max: 127 }),
		fc.array(tie("value"), { maxLength: 5 }),
		fc
			.array(fc.tuple(fc.string({ unit: fc.constantFrom(..."xyz") }), tie("value")), { maxLength: 4 })
			.map((entries) => new Map<RespValue, RespValue>(entries)),
		fc.array(tie("value"), { maxLength: 3 }).map((values) => new RespPush(values)),
	),
})).value;

describe("RespParser", () => {
	it("gives back what was written, wherever the pieces end", () => {
		fc.assert(
			fc.property(fc.array(value, { maxLength: 4 }), fc.array(fc.nat(20), { minLength: 1 }), (values, sizes) => {
				expect(parse(raw(values.map(write).join("")), sizes)).toStrictEqual(values);
			}),
		);
	});

	it("takes or refuses any bytes in the same way, wherever they are cut", () => {
		const noise = fc.string({ unit: fc.constantFrom(..."$*+-:_#,(=!%~>|\r\n0123456789tfab") });
		fc.assert(
			fc.property(noise, fc.array(fc.nat(5), { minLength: 1 }), (text, sizes) => {
				const limits = { maxLine: 8, maxBulk: 9, maxValues: 12, maxDepth: 3 };
				expect(parse(raw(text), sizes, limits)).toStrictEqual(parse(raw(text), undefined, limits));
			}),
			{ numRuns: 1_000 },
		);
	});

	it.each([
		["a simple string", "+OK\r\n", "OK"],
		["an integer", ":-12\r\n", -12],
		["an integer that a number cannot hold", ":9223372036854775807\r\n", 9223372036854775807n],
		[
			"a big number",
			"(-3492890328409238509324850943850943825024385\r\n",
			-3492890328409238509324850943850943825024385n,
		],
		["text", "$6\r\nh\u00e4llo\r\n", "h\u00e4llo"],
		["an empty string", "$0\r\n\r\n", ""],
		["a string with line ends", "$4\r\n\r\n\r\n\r\n", "\r\n\r\n"],
		["the null string of RESP2", "$-1\r\n", null],
		["the null array of RESP2", "*-1\r\n", null],
		["a null", "_\r\n", null],
		["an empty array", "*0\r\n", []],
		["arrays in each other", "*2\r\n*1\r\n:1\r\n*0\r\n", [[1], []]],
		["doubles", "*4\r\n,1.5\r\n,-inf\r\n,1e3\r\n,10\r\n", [1.5, Number.NEGATIVE_INFINITY, 1000, 10]],
		["a verbatim string", "=7\r\ntxt:abc\r\n", "abc"],
		["a long error", "!7\r\nERR bad\r\n", new RespFailure("ERR bad")],
		["a set", "~2\r\n+a\r\n+b\r\n", ["a", "b"]],
		["a map", "%1\r\n$1\r\na\r\n:1\r\n", new Map([["a", 1]])],
		["an attribute before a value", "|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n|1\r\n+x\r\n+y\r\n:2\r\n", [1, 2]],
		["an empty attribute", "|0\r\n:1\r\n", 1],
	])("reads %s", (_name, text, expected) => {
		const values = parse(bytes(text));
		expect(values).toHaveLength(1);
		expect(asText(values[0] as RespValue)).toStrictEqual(expected);
	});

	it.each([
		["what begins no value", "+OK\r\nhello\r\n", 5, '"hello" begins no value, at byte 5 of the connection'],
		["a wrong length", "$x1\r\n", 0, '"x1" is no length'],
		["a negative length", "*-2\r\n", 0, '"-2" is no length'],
		["a wrong number", ":1.5\r\n", 0, "no whole number"],
		["a wrong double", ",one\r\n", 0, "no number"],
		["a wrong boolean", "#y\r\n", 0, "no boolean"],
		["a line feed alone", "+OK\n", 0, "without a carriage return"],
		["a string longer than it says", "$1\r\nab\r\n", 5, "longer than its header says"],
		["a line beyond the limit", `+${"x".repeat(20)}`, 0, "more than 10 bytes"],
		["a string beyond the limit", "$21\r\n", 0, "more bytes in a string than the limit of 20"],
		["an array beyond the limit", "*999\r\n", 0, "more values in a reply than the limit of 8"],
		[
			"a reply with too many values in all",
			"*3\r\n*3\r\n:1\r\n:2\r\n:3\r\n*3\r\n:1\r\n:2\r\n:3\r\n",
			32,
			"more than 8 values",
		],
		["too deep a reply", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", 16, "deeper than 4"],
	])("refuses %s, and says where", (_name, text, position, message) => {
		const limits = { maxLine: 10, maxBulk: 20, maxValues: 8, maxDepth: 4 };
		const error = parse(bytes(text), undefined, limits).at(-1) as RespProtocolError;
		expect(error).toBeInstanceOf(RespProtocolError);
		expect(error.message).toContain(message);
		expect(error.position).toBe(position);
	});

	it("is of no use after an error", () => {
		const parser = new RespParser();
		parser.push(bytes("?\r\n+OK\r\n"));
		expect(() => parser.next()).toThrow(RespProtocolError);
		expect(() => parser.next()).toThrow("begins no value");
	});

	it("looks at each byte once: a megabyte that comes byte by byte is read in no time", () => {
		const text = `*3\r\n$1000000\r\n${"x".repeat(1_000_000)}\r\n+${"y".repeat(60_000)}\r\n:1\r\n`;
		const [value] = parse(bytes(text), [1]) as [[Uint8Array, string, number]];
		expect([value[0].length, value[1].length, value[2]]).toEqual([1_000_000, 60_000, 1]);
	});

	it("keeps no more than what is not read yet", () => {
		const parser = new RespParser();
		const reply = bytes(`$60000\r\n${"x".repeat(60_000)}\r\n`);
		for (let turn = 0; turn < 2_000; turn++) {
			parser.push(reply);
			expect((parser.next() as Uint8Array).length).toBe(60_000);
		}
		expect(parser.position).toBe(2_000 * reply.length);
	});

	it("writes commands that it reads back", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array(), fc.integer())), (words) => {
				const [value] = parse(encodeCommand(words));
				const expected = words.map((word) =>
					word instanceof Uint8Array ? word : new TextEncoder().encode(String(word)),
				);
				expect((value as Uint8Array[]).map((item) => [...item])).toEqual(expected.map((item) => [...item]));
			}),
		);
	});
});
