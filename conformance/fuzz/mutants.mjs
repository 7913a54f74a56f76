/**
 * Deliberately broken compilers: each changes the emitted text in one way, or an option, and the fuzzer must notice.
 * `bodies`: the form of body that it changes, where it is not both.
 */
export const mutants = {
	"lost-value": {
		breaks: "an await that suspends gives undefined",
		bodies: "generators",
		mutate: (code) => code.replace(/\? yield (\d+) : \$t\b/g, "? (yield $1, undefined) : $t"),
	},
	"lost-argument": {
		breaks: "an awaited call with two arguments passes one",
		mutate: (code) => code.replace(/\$k\.call2\(("(?:[^"\\]|\\.)*", [\w$]+), ([\w$]+), [\w$]+\)/g, "$k.call1($1, $2)"),
	},
	"caught-cancellation": {
		breaks: "a catch clause stops a cancellation",
		mutate: (code) => code.replace(/\$k\.caught\([\w$]+\);/g, ""),
	},
	"unprotected-cleanup": {
		breaks: "awaits in a finally block are cancelled like others",
		mutate: (code) => code.replace(/\$k\.cleanupEnter\(\)/g, "0").replace(/\$k\.cleanupLeave\([\w$]+\)/g, "0"),
	},
	"unclosed-iterator": {
		breaks: "leaving a for await loop does not close what it iterates",
		mutate: (code) => code.replace(/\$k\.forOpen\([\w$]+\)/g, "false"),
	},
	unowned: {
		breaks: "functions do not own the tasks that they start",
		options: { structure: "scope" },
	},
	"kept-losers": {
		breaks: "the losers of a race are not cancelled",
		mutate: (code) => code.replace(/\$k\.combine\(Promise, "(\w+)", /g, "Promise.$1("),
	},
	"late-tick": {
		breaks: "with native ticks every await takes one tick more",
		bodies: "generators",
		mutate: (code) =>
			code.includes("$k.native")
				? code.replace(/yield (\d+)\)/g, "globalThis.$late = yield $1, $k.nativeAwait(globalThis.$late), yield $1)")
				: code,
	},
	"unsaved-local": {
		breaks: "a variable that is needed after a suspension is not saved",
		bodies: "plain",
		mutate: (code) => code.replace(/ \$call\.b1 = [\w$]+;/g, ""),
	},
	"unsaved-temporary": {
		breaks: "what an expression has already computed is not saved",
		bodies: "plain",
		mutate: (code) => code.replace(/ \$call\.[\w.[\]]+ = \$t\d+;/g, ""),
	},
	"early-finally": {
		breaks: "a finally block runs when its try suspends",
		bodies: "plain",
		mutate: (code) => code.replace(/if \(!\$out\d*\)/g, "if (true)"),
	},
	"wrong-place": {
		breaks: "a function is resumed one await before the one that it suspended at",
		bodies: "plain",
		mutate: (code) => code.replace(/\$k\.at\(\$call, (\d+)/g, (_, site) => `$k.at($call, ${Math.max(1, site - 1)}`),
	},
	"unshared-box": {
		breaks: "after a suspension a function has another copy of a variable than its closures",
		bodies: "plain",
		mutate: (code) => code.replace(/(\$b\d*) = (\$call\.(?:\w+\?\.\[\d+\]|\w+));/g, "$1 = { ...$2 };"),
	},
	"swallowed-error": {
		breaks: "an error that arrives at an await inside a try is its value",
		bodies: "plain",
		mutate: (code) => code.replace(/\$k\.input\(\$input\)/g, "$input"),
	},
};
