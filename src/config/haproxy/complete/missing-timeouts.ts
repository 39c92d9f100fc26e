/** The warning about timeouts that nobody set. */
export const missingTimeouts = (who: string): string =>
  `missing timeouts for ${who}.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration. To fix this, please ensure that all following
   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.`;

export const timeoutsFor =
  "For example, in a defaults section: timeout connect 5s, timeout client 50s, timeout server 50s.";
