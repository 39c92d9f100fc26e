const line: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  406: "Not Acceptable",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  415: "Unsupported Media Type",
  416: "Requested Range Not Satisfiable",
  421: "Misdirected Request",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
};

/** What stands behind the number in a status line; "" where nginx has no words (ngx_http_status_lines). */
export const statusText = (status: number): string => line[status] ?? "";

/** The title of the page that nginx makes, where it isn't the status line's (ngx_http_error_pages). */
const titles: Readonly<Record<number, string>> = {
  302: "302 Found",
  401: "401 Authorization Required",
  494: "400 Request Header Or Cookie Too Large",
  495: "400 The SSL certificate error",
  496: "400 No required SSL certificate was sent",
  497: "400 The plain HTTP request was sent to HTTPS port",
};
/** What those of a bad request say in their second line. */
const faults: Readonly<Record<number, string>> = {
  494: "Request Header Or Cookie Too Large",
  495: "The SSL certificate error",
  496: "No required SSL certificate was sent",
  497: "The plain HTTP request was sent to HTTPS port",
};

const friendly = "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n".repeat(6);

/**
 * The page that nginx makes for a status; undefined where it makes none.
 *
 * @param software "nginx/1.22.1"
 * @param padded for browsers that show a page of their own instead of a short one (msie_padding)
 */
export function errorPage(status: number, software: string, padded: boolean): string | undefined {
  const words = line[status];
  const title = titles[status] ?? (words === undefined || status < 300 ? undefined : `${status} ${words}`);
  if (title === undefined) return undefined;
  const fault = faults[status];
  const heading = fault === undefined ? title : "400 Bad Request";
  return (
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n` +
    `${fault === undefined ? "" : `<center>${fault}</center>\r\n`}<hr><center>${software}</center>\r\n</body>\r\n</html>\r\n` +
    (padded && status >= 400 ? friendly : "")
  );
}
