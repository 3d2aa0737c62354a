// The default theme, with room for code as wide as the documents have it.

import theme from 'vitepress/theme'
import './style.css'

export default theme
