"""Pages for supervisors: board (督查看板), audit trail, and search-first report (先查后转)."""
