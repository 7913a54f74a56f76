/**
 * Watches that no function ends before the tasks that it started: whoever does anything while the call that it belongs to,
 * or one above, is over, is noted in `state.violations`.
 */
class Token {
	begun = false;
	over = false;
	constructor(parent) {
		this.parent = parent;
	}
}

export function owners(state, { log, tick }) {
	state.violations = [];
	state.running = 0;
	const check = (token, what) => {
		for (let above = token.parent; above !== undefined; above = above.parent) {
			if (above.over) {
				state.violations.push(`${what} after the end of what had started it`);
				return;
			}
		}
		if (token.over) {
			state.violations.push(`${what} after its own end`);
		}
	};
	const activation = (by) => {
		const token = by instanceof Token ? by : new Token(undefined);
		token.begun = true;
		const calls = [];
		check(token, "a function begins");
		return {
			log(...values) {
				check(token, `log ${values[0]}`);
				return log(...values);
			},
			tick() {
				check(token, "a suspension");
				return tick();
			},
			/** For a call that is awaited at once. */
			call() {
				const made = new Token(token);
				calls.push(made);
				return made;
			},
			/** For a call that runs beside this function. */
			start: () => new Token(token),
			over(made) {
				made.over = true;
			},
			/** This function goes on, so that what it awaited before is over. */
			here() {
				check(token, "a statement");
				for (const made of calls) {
					made.over ||= made.begun;
				}
			},
		};
	};
	const { call, start, over, here } = activation(undefined);
	return {
		activation,
		call,
		start,
		over,
		here,
		running(change) {
			state.running += change;
		},
	};
}
