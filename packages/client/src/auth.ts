// The door of @trunkline/client/auth: the methods to log in, each loaded only where it is used.

export { ticketAuth } from './authentication/ticket.ts'
export { craAuth } from './authentication/wampcra.ts'
