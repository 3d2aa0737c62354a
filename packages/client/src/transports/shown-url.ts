// A URL as errors show it: without possible secrets, which are the user name, the password and the query.

/** Accepts also a text that is no URL. */
export function shownUrl(url: string): string {
  return url.replace(/(\/\/)[^/?#]*@|[?#][^]*/g, '$1')
}
