module hawser

go 1.26
