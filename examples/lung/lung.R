# What lung.ksl computes, from the pooled table: Rscript lung.R > expected.json
d <- do.call(rbind, lapply(c("north.csv", "west.csv", "south.csv"), read.csv))
ecog <- factor(d$ph.ecog, levels = 0:3)
sex <- factor(d$sex, levels = 1:2)
out <- list(
	patients = nrow(d), deaths = sum(d$status == 2),
	mean_age = mean(d$age), var_age = var(d$age), sd_age = sd(d$age),
	mean_time = mean(d$time), var_time = var(d$time), sd_time = sd(d$time),
	cov = cov(d$age, d$time), r = cor(d$age, d$time),
	by_sex = as.vector(table(sex)), share_sex = as.vector(table(sex)) / nrow(d),
	ecog_known = sum(!is.na(ecog)), by_ecog = as.vector(table(ecog)),
	share_ecog = as.vector(prop.table(table(ecog))))
line <- function(n) {
	v <- format(out[[n]], digits = 17, trim = TRUE)
	sprintf("\t\"%s\": %s", n, if (length(v) > 1) paste0("[", paste(v, collapse = ", "), "]") else v)
}
cat("{\n", paste(sapply(names(out), line), collapse = ",\n"), "\n}\n", sep = "")
