"""Media of answers: pictures (图解) and videos."""
