export default {
	repository: "sindresorhus/got",
	version: "15.0.5",
	commit: "d00d845a0b435365ec73ea5a1fca6e17ee677184",
	runner: "ava",
	// Three tests ask example.com and expect to be stopped before an answer: where it cannot be reached, they pass by chance.
	command: [
		"ava",
		"--concurrency=2",
		"--match=!support AbortSignal.timeout()",
		"--match=!support AbortSignal.timeout() with*user abort",
	],
	nativeNodeOptions: "--import=tsx/esm",
	// Some tests ask servers of the internet; where these cannot be reached they fail natively too, or only at times.
	minutes: 10,
};
